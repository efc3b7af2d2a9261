using Coordination.Client;
using Coordination.Proof.Worker.Evidence;
using Coordination.Recipes;

namespace Coordination.Proof.Worker.Holders;

/// <summary>What is done while a lock is held.</summary>
internal interface ISection
{
    /// <summary>Does it, and reports enter and leave.</summary>
    /// <param name="hold">The lock.</param>
    /// <param name="enter">The report of the instant the lock was acquired.</param>
    Task RunAsync(IDistributedLockHandle hold, ProofEvent enter);
}

/// <summary>Takes one lock again and again.</summary>
internal sealed class Contender(ICoordinationClient client, string path, int number, ISection section, Witness witness)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync(CancellationToken stop)
    {
        IDistributedLock exclusion = client.CreateLock(path);
        for (int turn = 1; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                await using IDistributedLockHandle hold = await exclusion.AcquireAsync(timeout: null, stop);
                await section.RunAsync(hold, new ProofEvent
                {
                    Kind = ProofEventKind.Enter,
                    At = BootClock.Now,
                    Section = $"{Environment.ProcessId}/{number}/{turn}",
                    Contender = number,
                    FencingToken = hold.FencingToken,
                });
            }
            catch (Exception exception) when (exception is CoordinationException or TimeoutException)
            {
                await witness.ReportAsync(new ProofEvent { Kind = ProofEventKind.Failed, At = BootClock.Now, Text = $"{exception.GetType().Name}: {exception.Message}" });
                await Task.Delay(PauseAfterFailure, stop);
            }
        }
    }
}
