using Coordination.Proof.Worker.Evidence;
using Coordination.Recipes;

namespace Coordination.Proof.Worker.Holders;

/// <summary>
/// Stays in the section for a while and looks at the lost token before each step, of one to two milliseconds. A worker that ignores the
/// token is the planted defect which the checker must report.
/// </summary>
internal sealed class TimedSection(Witness witness, bool ignoresToken, TimeSpan linger, int lingersOneIn) : ISection
{
    private readonly Random _random = new();

    public async Task RunAsync(IDistributedLockHandle hold, ProofEvent enter)
    {
        await witness.EnterAsync(enter);

        // Never taken back: the loop below may see the token before the callback has run, and then it would never run.
        _ = hold.HandleLostToken.Register(
            () => _ = witness.ReportAsync(enter with { Kind = ProofEventKind.Lost, At = BootClock.Now }));

        // Most stays are short, so that the lock changes hands often; some last long enough for a fault to fall into it.
        TimeSpan stay = _random.Next(lingersOneIn) == 0 ? linger : TimeSpan.FromMilliseconds(_random.Next(1, 8));
        while (BootClock.Now - enter.At < stay && (ignoresToken || !hold.HandleLostToken.IsCancellationRequested))
            await Task.Delay(1);
        await witness.ReportAsync(enter with { Kind = ProofEventKind.Leave, At = BootClock.Now });
    }
}
