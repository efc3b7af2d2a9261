using System.Text;
using Coordination.Client;
using Coordination.Proof.Worker.Evidence;
using Coordination.Recipes;

namespace Coordination.Proof.Worker.Holders;

/// <summary>
/// Writes to the guarded resource and looks at its hold after each write. After a gap (the process was paused, or an answer took long)
/// or when the hold is lost it also asks for confirmation, tries a guarded transaction, and reports all three. A lost holder then writes
/// once more, as one whose belief is stale would: the resource, not the holder, must prevent harm.
/// </summary>
internal sealed class FencedSection(
    ICoordinationClient client, Witness witness, ResourceConnection resource, SessionMarks marks) : ISection
{
    /// <summary>A stay is counted in steps, not in time: a holder that was paused goes on where it stood.</summary>
    private const int MaxSteps = 80;

    /// <summary>Far above what a write and a look take, far below any pause of the proof.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(100);

    private readonly Random _random = new();

    public async Task RunAsync(IDistributedLockHandle hold, ProofEvent enter)
    {
        string mark = await marks.EnsureAsync(hold);
        await witness.EnterAsync(enter);
        TimeSpan lookedAt = enter.At;
        for (int steps = _random.Next(5, MaxSteps); steps > 0; steps--)
        {
            await Task.Delay(2);
            bool accepted = await resource.WriteAsync(enter.Section, enter.FencingToken, mark);
            TimeSpan before = BootClock.Now;
            TimeSpan safeFor = hold.SafeFor;
            bool lost = safeFor <= TimeSpan.Zero || hold.HandleLostToken.IsCancellationRequested || !accepted;
            if (lost || before - lookedAt > Gap)
                await ReportAsync(hold, enter, before, safeFor);
            if (lost)
            {
                await resource.WriteAsync(enter.Section, enter.FencingToken, mark);
                break;
            }

            lookedAt = BootClock.Now;
        }

        await witness.ReportAsync(enter with { Kind = ProofEventKind.Leave, At = BootClock.Now });
    }

    private async Task ReportAsync(IDistributedLockHandle hold, ProofEvent enter, TimeSpan before, TimeSpan safeFor)
    {
        bool fired = hold.HandleLostToken.IsCancellationRequested;
        bool confirmed = await hold.ConfirmAsync();
        bool written = await TryGuardedWriteAsync(hold, enter.Section);
        await witness.ReportAsync(enter with
        {
            Kind = ProofEventKind.Look,
            At = BootClock.Now,
            Look = new HoldLook(before, safeFor, fired, confirmed, written),
        });
    }

    private async Task<bool> TryGuardedWriteAsync(IDistributedLockHandle hold, string section)
    {
        try
        {
            TransactionOutcome outcome = await client.BeginTransaction()
                .GuardedBy(hold)
                .Set(marks.Parent, Encoding.UTF8.GetBytes(section))
                .CommitAsync();
            return outcome.Committed;
        }
        catch (CoordinationException)
        {
            return false;
        }
    }
}
