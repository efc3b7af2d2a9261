using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// Hands changes of a subtree to one observer. Within the bound every change is delivered; beyond it changes of one path are merged from
/// the first's before to the last's after, so that the observer always ends with the true state, like after a fresh reading.
/// </summary>
/// <param name="bound">Changes kept apart.</param>
/// <param name="observer">The observer.</param>
/// <param name="log">Where a throwing observer is told.</param>
/// <param name="onFailed">Called if it threw.</param>
internal sealed class TreeDelivery(int bound, IObserver<TreeChange> observer, ILogger log, Action onFailed) : Delivery<TreeChange>(observer, log)
{
    private readonly LinkedList<TreeChange> _waiting = [];
    private readonly Dictionary<ZnodePath, LinkedListNode<TreeChange>> _latest = [];

    /// <summary>Adds a change.</summary>
    /// <param name="change">The change.</param>
    public void Add(TreeChange change)
    {
        lock (Gate)
        {
            if (_waiting.Count < bound || change.Kind >= TreeChangeKind.Initialized)
                Append(change);
            else
                Merge(change);
            Schedule();
        }
    }

    /// <inheritdoc/>
    protected override bool TryTake(out TreeChange value)
    {
        value = null!;
        if (_waiting.First is not { } first)
            return false;

        value = first.Value;
        _waiting.RemoveFirst();
        if (_latest.TryGetValue(value.Path, out LinkedListNode<TreeChange>? latest) && ReferenceEquals(latest, first))
            _latest.Remove(value.Path);
        return true;
    }

    /// <inheritdoc/>
    protected override void Failed() => onFailed();

    private void Append(TreeChange change)
    {
        // Markers of a gap would pile up under a flapping connection: of two in a row the later one says it all.
        if (change.Kind >= TreeChangeKind.Suspended && _waiting.Last?.Value.Kind >= TreeChangeKind.Suspended)
            _waiting.RemoveLast();
        LinkedListNode<TreeChange> added = _waiting.AddLast(change);
        if (change.Kind < TreeChangeKind.Initialized)
            _latest[change.Path] = added;
    }

    private void Merge(TreeChange change)
    {
        if (!_latest.Remove(change.Path, out LinkedListNode<TreeChange>? earlier))
        {
            Append(change);
            return;
        }

        Znode? before = earlier.Value.Before;
        Znode? after = change.After;
        if (before is null && after is null)
        {
            _waiting.Remove(earlier);
            return;
        }

        if (before is not null && after is not null && before.Stat.Czxid != after.Stat.Czxid)
        {
            // Another znode of the same name: both ends are shown.
            earlier.Value = new(TreeChangeKind.Deleted, change.Path, before, null);
            _latest[change.Path] = _waiting.AddLast(new TreeChange(TreeChangeKind.Created, change.Path, null, after));
            return;
        }

        TreeChangeKind kind = before is null ? TreeChangeKind.Created : after is null ? TreeChangeKind.Deleted : TreeChangeKind.Updated;
        earlier.Value = new(kind, change.Path, before, after);
        _latest[change.Path] = earlier;
    }
}
