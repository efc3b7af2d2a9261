namespace Coordination.Bench.Stubs;

/// <summary>The one-shot watches of a stub, all of them on its only znode.</summary>
internal sealed class StubWatchers(Action<StubLink> markDirty)
{
    private readonly List<StubLink> _waiting = [];

    public void Add(StubLink link) => _waiting.Add(link);

    public void Tell(StubReplies replies)
    {
        foreach (StubLink link in _waiting)
        {
            link.Notify(replies);
            markDirty(link);
        }

        _waiting.Clear();
    }
}
