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
    private readonly Queue<string> _due = new();
    private readonly long _spacing = 60_000L / Math.Max(1, Math.Min(maxPerMinute, 60_000));
    private long _nextLook = long.MaxValue;
    private long _nextTake;

    /// <summary>When there is something to do next, in monotonic milliseconds.</summary>
    public long NextAt => _due.Count > 0 ? Math.Min(_nextTake, _nextLook) : _nextLook;

    /// <summary>Begins to count the interval.</summary>
    public void Start(long now)
    {
        if (intervalMilliseconds > 0)
            _nextLook = now + intervalMilliseconds;
    }

    /// <summary>Looks, if it is time to.</summary>
    public void Collect(DataTree tree, ReplicaTime now)
    {
        if (now.MonotonicMilliseconds < _nextLook)
            return;

        _nextLook = now.MonotonicMilliseconds + intervalMilliseconds;
        if (_due.Count > 0)
            return;

        _nextTake = now.MonotonicMilliseconds;
        foreach (Znode znode in tree.Indexes.Containers)
        {
            if (znode.ChildCount == 0 && DeleteOperation.IsDue(znode.Stat, now.WallMilliseconds, maxNeverUsedMilliseconds))
                _due.Enqueue(znode.Path);
        }

        foreach (Znode znode in tree.Indexes.TimesToLive)
        {
            if (znode.ChildCount == 0 && DeleteOperation.IsDue(znode.Stat, now.WallMilliseconds, maxNeverUsedMilliseconds))
                _due.Enqueue(znode.Path);
        }
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
