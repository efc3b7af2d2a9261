using System.Diagnostics;

namespace Coordination.Testing;

/// <summary>What a program did.</summary>
/// <param name="ExitCode">Its exit code; -1 if it was killed because its time was over.</param>
/// <param name="Output">Standard output, bounded.</param>
/// <param name="Error">Standard error, bounded.</param>
/// <param name="TimedOut">Whether it was killed because its time was over.</param>
public sealed record ProcessResult(int ExitCode, string Output, string Error, bool TimedOut)
{
    /// <summary>Both outputs, for a failure message.</summary>
    public string Everything => $"exit code {ExitCode}{(TimedOut ? " (timed out)" : "")}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>How a program is to be run.</summary>
public sealed record ProcessOptions
{
    /// <summary>Text for standard input, which is then closed. Null leaves it closed from the start.</summary>
    public string? Input { get; init; }

    /// <summary>After this the program and its children are killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Variables to set on top of the inherited ones; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Where the program runs.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Characters kept of each output; the middle is dropped.</summary>
    public int MaxOutput { get; init; } = 256 * 1024;
}

/// <summary>Runs programs to their end.</summary>
public static class ProcessRunner
{
    /// <summary>Runs a program and waits for its end.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="options">Input, time limit, environment.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>What it did.</returns>
    public static async Task<ProcessResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        ProcessOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new ProcessOptions();
        await using RunningProcess process = RunningProcess.Start(file, arguments, options);
        await process.WriteInputAsync(options.Input ?? "");
        process.CloseInput();

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Timeout);
        bool timedOut = false;
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            timedOut = true;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return new ProcessResult(timedOut ? -1 : process.ExitCode, process.Output, process.Error, timedOut);
    }

    /// <summary>Runs a program and demands exit code 0.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="options">Input, time limit, environment.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>Standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed or took too long; the message holds its outputs.</exception>
    public static async Task<string> CheckAsync(
        string file,
        IEnumerable<string> arguments,
        ProcessOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ProcessResult result = await RunAsync(file, arguments, options, cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{file} failed: {result.Everything}");
    }

    internal static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, ProcessOptions options)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach ((string name, string? value) in options.Environment)
            info.Environment[name] = value;
        return info;
    }
}
