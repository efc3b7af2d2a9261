using System.Net;
using System.Text.RegularExpressions;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The standalone program in a process of its own, under whatever is to be put in front of it.</summary>
internal sealed partial class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ProgramProcess(RunningProcess process) => Process = process;

    /// <summary>The program, or what was put in front of it.</summary>
    public RunningProcess Process { get; }

    /// <summary>Starts the program.</summary>
    /// <param name="directory">Takes its configuration, and below <c>data</c> its files.</param>
    /// <param name="lines">Configuration beside the usual.</param>
    /// <param name="front">A program and its arguments, which runs the server; none runs it directly.</param>
    public static ProgramProcess Start(TempDirectory directory, string lines = "", params string[] front)
    {
        string file = directory.Combine("zoo.cfg");
        File.WriteAllText(
            file,
            $"clientPort=0\nclientPortAddress=127.0.0.1\ntickTime=2000\npreAllocSize=64\n4lw.commands.whitelist=*\ndataDir={directory.Combine("data")}\n{lines}\n");
        string[] command = [.. front, "dotnet", Path.Combine(AppContext.BaseDirectory, "Coordination.Server.dll"), file];
        return new ProgramProcess(RunningProcess.Start(command[0], command[1..]));
    }

    /// <summary>Waits until it serves.</summary>
    /// <returns>Where, or null if it ended before.</returns>
    public async Task<IPEndPoint?> ServesAsync()
    {
        try
        {
            string serving = await Process.WaitForLineAsync(
                static text => text.Contains("Serving ", StringComparison.Ordinal), Patience, TestContext.Current.CancellationToken);
            return IPEndPoint.Parse(Endpoint().Match(serving).Groups["endpoint"].Value);
        }
        catch (InvalidOperationException exception)
        {
            // Its output ends a moment before the process does.
            try
            {
                await ExitCodeAsync();
            }
            catch (TimeoutException)
            {
                throw exception;
            }

            return null;
        }
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        return Process.ExitCode;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    [GeneratedRegex(@"Serving (?<endpoint>[0-9.:]+),", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Endpoint();
}
