using Coordination.Proof.Tests.Evidence;
using Coordination.Proof.Worker;
using Coordination.Testing;

namespace Coordination.Proof.Tests.Processes;

/// <summary>Starts, kills and pauses processes of the program <c>Proof.Worker</c>.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan NotingTime = TimeSpan.FromMilliseconds(20);

    private bool _isDisposed;

    private WorkerProcess(RunningProcess process) => Process = process;

    public RunningProcess Process { get; }

    public static WorkerProcess Start(string role, params IEnumerable<string> settings)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Coordination.Proof.Worker.dll");
        return new WorkerProcess(RunningProcess.Start("dotnet", [program, role, .. settings]));
    }

    /// <summary>Stops the process in its tracks (SIGSTOP), lets it stand, and lets it go on.</summary>
    /// <param name="length">How long it stands.</param>
    /// <param name="worthwhile">Asked while it stands still: whether it was caught where it should be; if not, it goes on at once.</param>
    /// <param name="cancellationToken">Ends the pause early.</param>
    /// <returns>The pause as it was; null if it was not worthwhile.</returns>
    public async Task<ProcessPause?> PauseAsync(TimeSpan length, Func<bool> worthwhile, CancellationToken cancellationToken)
    {
        Process.Signal(PosixSignalNumber.Stop);
        try
        {
            while (!StandsStill())
                await Task.Delay(1, cancellationToken);
            TimeSpan stopped = BootClock.Now;

            // What it said before it stopped has reached this process; give the recorder's thread time to note it.
            await Task.Delay(NotingTime, cancellationToken);
            if (!worthwhile())
                return null;

            await Task.Delay(length, cancellationToken);
            return new ProcessPause(Process.Id, stopped, BootClock.Now);
        }
        finally
        {
            Process.Signal(PosixSignalNumber.Continue);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;

        await Process.DisposeAsync();
    }

    private bool StandsStill() =>
        Directory.EnumerateDirectories($"/proc/{Process.Id}/task").All(thread =>
        {
            string stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[stat.LastIndexOf(')') + 2] == 'T';
        });
}
