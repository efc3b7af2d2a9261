using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Coordination.Testing;

/// <summary>A program that runs beside the test, addressed by its process id and gone when disposed.</summary>
public sealed partial class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly OutputTail _output;
    private readonly OutputTail _error;
    private readonly Task _pumps;

    private RunningProcess(Process process, int maxOutput)
    {
        _process = process;
        _output = new OutputTail(maxOutput);
        _error = new OutputTail(maxOutput);
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput, _output), PumpAsync(process.StandardError, _error));
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The exit code of an ended program; 128 and the signal's number if one killed it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Standard output so far, bounded.</summary>
    public string Output => _output.ToString();

    /// <summary>Standard error so far, bounded.</summary>
    public string Error => _error.ToString();

    /// <summary>Starts a program; <see cref="ProcessOptions.Timeout"/> and <see cref="ProcessOptions.Input"/> do not apply.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="options">Environment, working directory, bounds.</param>
    /// <returns>The running program.</returns>
    public static RunningProcess Start(string file, IEnumerable<string> arguments, ProcessOptions? options = null)
    {
        options ??= new ProcessOptions();
        Process process = Process.Start(ProcessRunner.StartInfo(file, arguments, options))
            ?? throw new InvalidOperationException($"{file} did not start.");
        return new RunningProcess(process, options.MaxOutput);
    }

    /// <summary>Waits until a line of standard output satisfies a condition; lines already there count.</summary>
    /// <param name="condition">What the line must satisfy.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first such line.</returns>
    /// <exception cref="InvalidOperationException">The program ended, or the time is over, before such a line came.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> condition, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            return await _output.FindLineAsync(condition, deadline.Token)
                ?? throw new InvalidOperationException($"The program ended without the line awaited.\n{Output}\n{Error}");
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"No such line within {timeout}.\n{Output}\n{Error}", exception);
        }
    }

    /// <summary>Waits until a text stands in standard output or standard error; what is already there counts.</summary>
    /// <param name="text">The text, inside one line.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The program ended, or the time is over, before it came.</exception>
    public async Task WaitForTextAsync(string text, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        Task<string?> output = _output.FindLineAsync(HasText, deadline.Token);
        Task<string?> error = _error.FindLineAsync(HasText, deadline.Token);
        try
        {
            Task<string?> first = await Task.WhenAny(output, error);
            Task<string?> second = first == output ? error : output;
            if (await first is null && await second is null)
                throw new InvalidOperationException($"The program ended without '{text}'.\n{Output}\n{Error}");
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"'{text}' never came within {timeout}.\n{Output}\n{Error}", exception);
        }
        finally
        {
            await deadline.CancelAsync();
        }

        bool HasText(string line) => line.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Writes to standard input. A program that has closed it is left alone.</summary>
    /// <param name="text">What to write.</param>
    /// <returns>A task that completes when the pipe has taken it.</returns>
    public async Task WriteInputAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // The program ended or does not read; its exit code and output tell more than a broken pipe.
        }
    }

    /// <summary>Closes standard input.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // See WriteInputAsync.
        }
    }

    /// <summary>Waits for the end of the program and of its output.</summary>
    /// <param name="cancellationToken">Ends the wait, not the program.</param>
    /// <returns>A task that completes at the end.</returns>
    public async Task WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);

        // A grandchild may hold the pipes open; nobody waits for it.
        await Task.WhenAny(_pumps, Task.Delay(TimeSpan.FromSeconds(2), cancellationToken));
    }

    /// <summary>Kills the program and its children at once (SIGKILL).</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    /// <summary>Asks the program to end (SIGTERM) and waits; after the timeout it is killed.</summary>
    /// <param name="timeout">How long it may take.</param>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan timeout)
    {
        Signal(PosixSignalNumber.Terminate);
        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            await WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
            await WaitForExitAsync();
            return false;
        }
    }

    /// <summary>Sends a signal to the program alone.</summary>
    /// <param name="signal">The signal.</param>
    public void Signal(PosixSignalNumber signal)
    {
        if (!_process.HasExited)
            _ = NativeKill(_process.Id, (int)signal);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task PumpAsync(StreamReader reader, OutputTail tail)
    {
        char[] buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and int count)
                tail.Append(buffer.AsSpan(0, count));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The pipe was closed under the reader: the same as its end.
        }
        finally
        {
            tail.Complete();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int processId, int signal);
}

/// <summary>Linux numbers of the signals that tests send.</summary>
public enum PosixSignalNumber
{
    /// <summary>SIGINT.</summary>
    Interrupt = 2,

    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,

    /// <summary>SIGCONT.</summary>
    Continue = 18,

    /// <summary>SIGSTOP.</summary>
    Stop = 19,
}
