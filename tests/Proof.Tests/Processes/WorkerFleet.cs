using System.Globalization;
using Coordination.Proof.Tests.Evidence;
using Coordination.Proof.Worker;

namespace Coordination.Proof.Tests.Processes;

/// <summary>How the processes of a fleet compete.</summary>
internal sealed record FleetOptions
{
    public required string Server { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    /// <summary>How long the long stays in the section last.</summary>
    public required TimeSpan Linger { get; init; }

    /// <summary>One in so many stays is a long one.</summary>
    public int LingersOneIn { get; init; } = 20;

    /// <summary>The port of the guarded resource; null if sections only take time.</summary>
    public int? Resource { get; init; }

    /// <summary>The planted defect: holders look at the clock only.</summary>
    public bool IgnoresToken { get; init; }

    public int Workers { get; init; } = ProofCounts.Workers;

    public int ContendersPerWorker { get; init; } = ProofCounts.ContendersPerWorker;
}

/// <summary>Several processes that compete for one lock.</summary>
internal sealed class WorkerFleet : IAsyncDisposable
{
    public const string LockPath = "/proof/lock";
    public const string MarksPath = "/proof/marks";

    private readonly string[] _settings;
    private readonly WorkerProcess[] _workers;

    public WorkerFleet(FleetOptions options, EventRecorder recorder)
    {
        List<string> settings =
        [
            $"server={options.Server}",
            $"recorder={recorder.Port}",
            $"lock={LockPath}",
            $"marks={MarksPath}",
            $"contenders={options.ContendersPerWorker}",
            Milliseconds("session-timeout", options.SessionTimeout),
            Milliseconds("linger", options.Linger),
            $"lingers-one-in={options.LingersOneIn}",
            $"ignore-token={options.IgnoresToken}",
        ];
        if (options.Resource is { } port)
            settings.Add($"resource={port}");
        _settings = [.. settings];
        _workers = [.. Enumerable.Range(0, options.Workers).Select(_ => WorkerProcess.Start("contend", _settings))];
    }

    public IReadOnlyList<WorkerProcess> Workers => _workers;

    /// <summary>Kills a worker (SIGKILL) and starts another in its place.</summary>
    public async Task ReplaceAsync(int index)
    {
        await _workers[index].DisposeAsync();
        _workers[index] = WorkerProcess.Start("contend", _settings);
    }

    /// <summary>The worker with a process id; null if it is none of these.</summary>
    public WorkerProcess? Find(int? process) => Array.Find(_workers, worker => worker.Process.Id == process);

    /// <summary>The place of the worker with a process id; -1 if it is none of these.</summary>
    public int IndexOf(int process) => Array.FindIndex(_workers, worker => worker.Process.Id == process);

    /// <summary>What workers that ended by themselves had to say; empty if none did.</summary>
    public string Obituaries() => string.Concat(_workers
        .Where(worker => worker.Process.HasExited)
        .Select(worker => $"worker {worker.Process.Id} ended with {worker.Process.ExitCode}:\n{worker.Process.Output}\n{worker.Process.Error}\n"));

    /// <summary>What there is to say about the fleet when a proof stands still.</summary>
    public string Describe(EventRecorder recorder)
    {
        TimeSpan now = BootClock.Now;
        IEnumerable<string> last = recorder.Events
            .TakeLast(30)
            .Select(fact => $"{(fact.At - now).TotalSeconds:f3} s {fact.Kind} {fact.Process} {fact.Section} {fact.FencingToken} {fact.Look} {fact.Text}");
        return string.Join('\n', [Obituaries(), $"fleet: {string.Join(' ', _workers.Select(worker => worker.Process.Id))}", .. last]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WorkerProcess worker in _workers)
            await worker.DisposeAsync();
    }

    private static string Milliseconds(string name, TimeSpan value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={(int)value.TotalMilliseconds}");
}
