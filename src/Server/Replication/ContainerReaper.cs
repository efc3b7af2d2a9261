using System.Diagnostics.CodeAnalysis;
using Coordination.Server.Operations;
using Coordination.Server.Tree;

namespace Coordination.Server.Replication;

/// <summary>
/// Looks for empty containers and outlived znodes once in a while and hands them out evenly spaced. A container is due once it has had a
/// child and has none, or, where that is configured, when it has waited too long for its first one; a znode with a time to live when it has
/// no children and nobody has set its data for that long.
/// </summary>
internal sealed class ContainerReaper(int intervalMilliseconds, int maxPerMinute, long maxNeverUsedMilliseconds)
{
    /// <summary>Znodes looked at in one turn: a fraction of a millisecond, or of ten if all of them are due.</summary>
    private const int Slice = 4096;

    /// <summary>Paths that are due and wait for their turn; more are looked for when these are done.</summary>
    private const int MostDue = 10_000;

    private readonly Queue<string> _due = new();
    private readonly long _spacing = 60_000L / Math.Max(1, Math.Min(maxPerMinute, 60_000));
    private long _nextLook = long.MaxValue;
    private long _nextTake;
    private long _nextSlice;
    private bool _isLooking;

    /// <summary>When there is something to do next, in monotonic milliseconds.</summary>
    public long NextAt => _isLooking && _due.Count < MostDue
        ? _nextSlice
        : _due.Count > 0 ? Math.Min(_nextTake, _isLooking ? long.MaxValue : _nextLook) : _nextLook;

    /// <summary>Begins to count the interval.</summary>
    public void Start(long now)
    {
        if (intervalMilliseconds > 0)
            _nextLook = now + intervalMilliseconds;
    }

    /// <summary>Looks, if it is time to: at so many znodes a turn, and no further ahead than there is something to do for a while.</summary>
    public void Collect(DataTree tree, ReplicaTime now)
    {
        if (_isLooking)
        {
            Look(tree, now);
            return;
        }

        if (now.MonotonicMilliseconds < _nextLook)
            return;

        _nextLook = now.MonotonicMilliseconds + intervalMilliseconds;
        if (_due.Count > 0)
            return;

        _nextTake = now.MonotonicMilliseconds;
        tree.Indexes.Containers.Rewind();
        tree.Indexes.TimesToLive.Rewind();
        _isLooking = true;
        Look(tree, now);
    }

    private void Look(DataTree tree, ReplicaTime now)
    {
        for (int looked = 0; looked < Slice && _due.Count < MostDue; looked++)
        {
            if ((tree.Indexes.Containers.Advance() ?? tree.Indexes.TimesToLive.Advance()) is not { } znode)
            {
                _isLooking = false;
                return;
            }

            if (znode.ChildCount == 0 && DeleteOperation.IsDue(znode.Stat, now.WallMilliseconds, maxNeverUsedMilliseconds))
                _due.Enqueue(znode.Path);
        }

        _nextSlice = now.MonotonicMilliseconds;
    }

    /// <summary>The next path to delete, if its time has come.</summary>
    public bool TryTake(long now, [NotNullWhen(true)] out string? path)
    {
        path = null;
        if (now < _nextTake || !_due.TryDequeue(out path))
            return false;

        // Late ticks catch up: the pace counts from when this one was due.
        _nextTake += _spacing;
        return true;
    }
}
