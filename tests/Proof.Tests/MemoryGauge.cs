using Coordination.Proof.Tests.Processes;

using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>Samples the memory of the server from outside.</summary>
internal sealed class MemoryGauge : IAsyncDisposable
{
    private readonly OwnServer _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sampling;
    private long _peak;

    public MemoryGauge(OwnServer server)
    {
        _server = server;
        _sampling = SampleAsync();
    }

    public static double MiB(long bytes) => bytes / 1048576.0;

    /// <summary>The most seen since the last call.</summary>
    public long TakePeak() => Interlocked.Exchange(ref _peak, 0);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sampling;
        _stopping.Dispose();
    }

    private async Task SampleAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                long now = _server.ResidentBytes();
                if (now > Interlocked.Read(ref _peak))
                    Interlocked.Exchange(ref _peak, now);
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }
}
