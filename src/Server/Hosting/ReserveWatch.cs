using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// Looks at the room on the disk when it is told to, and tells the loop when the reserve is reached or left. Who writes much between two
/// looks causes one himself, so that a fast writer cannot run through the reserve.
/// </summary>
/// <param name="reserve">The disk.</param>
/// <param name="post">Takes <see cref="LoopInputKind.DiskReserve"/>.</param>
/// <param name="log">Says what happens.</param>
internal sealed class ReserveWatch(DiskReserve reserve, Action<LoopInput> post, ServerLog log)
{
    /// <summary>Less than this is never worth a look of its own.</summary>
    private const long SmallestBudget = 64 << 10;

    private readonly Lock _gate = new();
    private long _budget;

    /// <summary>Bytes were written; called by whoever wrote them.</summary>
    public void Wrote(long bytes)
    {
        if (Interlocked.Add(ref _budget, -bytes) < 0)
            Look();
    }

    /// <summary>Whether a file of that size fits without touching the reserve.</summary>
    public bool HasRoomFor(long bytes)
    {
        Look();
        lock (_gate)
            return reserve.Mark == 0 || reserve.Room >= bytes;
    }

    /// <summary>Looks now, unless somebody does so already.</summary>
    public void Look()
    {
        // Somebody who looks already sees enough; the disk may keep him for long.
        if (!_gate.TryEnter())
            return;
        try
        {
            Check();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Check()
    {
        try
        {
            bool hasChanged = reserve.Check();
            Interlocked.Exchange(ref _budget, Math.Max(reserve.Room / 2, SmallestBudget));
            if (!hasChanged)
                return;
        }
        catch (DiskException e)
        {
            Interlocked.Exchange(ref _budget, SmallestBudget);
            log.DiskSpaceUnknown(e.Message);
            return;
        }

        post(new LoopInput(LoopInputKind.DiskReserve, null, reserve.IsReached ? 1 : 0));
        log.DiskReserve(reserve.IsReached, reserve.Free, reserve.Mark);
    }
}
