using Coordination.Protocol;
using Coordination.Server.Figures;

namespace Coordination.Server.Watches;

/// <summary>How many connections a change of each kind has reached; changes that reached nobody are left out.</summary>
internal sealed class WatchFigures
{
    private readonly Summary[] _byType = new Summary[(int)WatchEventType.NodeChildrenChanged + 1];

    /// <summary>The figures of one kind of event.</summary>
    public Summary Of(WatchEventType type) => _byType[(int)type];

    /// <summary>A change has reached somebody.</summary>
    public void Triggered(WatchEventType type, int watchers) => _byType[(int)type].Add(watchers);

    /// <summary>Starts anew.</summary>
    public void Reset() => Array.Clear(_byType);
}
