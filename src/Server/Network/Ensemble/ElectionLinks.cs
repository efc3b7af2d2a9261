using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>
/// Who keeps which election connection. Between two servers there is one, and the server with the larger number has opened it: the other
/// opens one only to say who it is, and to be called back. To each server waits one message at most, the newest; what was said last is
/// said again over a new connection. These are the rules alone: connections are numbers, and what is to be done stands in
/// <see cref="Actions"/>. Not safe for several threads.
/// </summary>
internal sealed class ElectionLinks(long myId)
{
    /// <summary>
    /// Servers that no configuration names. Joiners come so, and must be let in; so can anybody who finds the port, who must not fill the
    /// memory.
    /// </summary>
    public const int MaxStrangers = 64;

    private const int ShortestPause = 20;
    private const int LongestPause = 5_000;

    private readonly SortedList<long, Link> _links = [];
    private readonly SortedSet<long> _members = [];
    private long _anonymous;

    /// <summary>What is to be done, in order; the owner empties it.</summary>
    public List<ElectionLinkAction> Actions { get; } = [];

    /// <summary>Names the servers that are no strangers.</summary>
    public void SetMembers(IEnumerable<long> members)
    {
        _members.Clear();
        _members.UnionWith(members);
    }

    /// <summary>Leaves a message in place of one that still waits.</summary>
    public void Send(long server, ReadOnlyMemory<byte> message)
    {
        if (server == myId || Find(server) is not { } link)
            return;

        link.Waiting = message;
        if (link.Connection is { } connection)
            Do(ElectionLinkActionKind.Write, server, connection);
        else
            Open(server, link);
    }

    /// <summary>A connection is ready for another message.</summary>
    /// <returns>False if there is none, or if the connection is not the server's any more.</returns>
    public bool TryTake(long server, long connection, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (!_links.TryGetValue(server, out Link? link) || link.Connection != connection || link.Waiting is not { } waiting)
            return false;

        message = waiting;
        link.Last = waiting;
        link.Waiting = null;
        return true;
    }

    /// <summary>Somebody opened a connection and has said who it is.</summary>
    public void Accepted(long connection, in ElectionGreeting greeting)
    {
        long server = greeting.ServerId == ElectionGreeting.AnonymousObserver ? --_anonymous : greeting.ServerId;
        if (server == myId || Find(server) is not { } link)
        {
            Do(ElectionLinkActionKind.Close, server, connection);
            return;
        }

        SetReachable(server, link, true);
        if (server > myId)
        {
            Use(server, link, connection);
            return;
        }

        // It cannot know that its old connection is dead, or it would not ask; whatever there is, is replaced.
        Release(server, link);
        Do(ElectionLinkActionKind.Close, server, connection);
        link.Hint = [.. greeting.Addresses.Where(static address => !address.IsWildcard && address.Port > 0)];
        Open(server, link);
    }

    /// <summary>The connection that was to be opened is there, and this server has said over it who it is.</summary>
    public void Opened(long server, long connection)
    {
        if (!_links.TryGetValue(server, out Link? link))
        {
            Do(ElectionLinkActionKind.Close, server, connection);
            return;
        }

        link.IsOpening = false;
        link.Hint = null;
        SetReachable(server, link, true);
        if (server > myId)
            Do(ElectionLinkActionKind.Close, server, connection);
        else
            Use(server, link, connection);
    }

    /// <summary>The connection that was to be opened cannot be.</summary>
    public void OpenFailed(long server)
    {
        if (!_links.TryGetValue(server, out Link? link))
            return;

        link.IsOpening = false;
        if (link.Hint is { Count: > 0 })
        {
            // The server has told a new address while the old one was tried.
            Open(server, link);
            return;
        }

        if (link.Connection is null)
            SetReachable(server, link, false);
        Forget(server, link);
    }

    /// <summary>A connection is over.</summary>
    public void Lost(long server, long connection)
    {
        if (!_links.TryGetValue(server, out Link? link) || link.Connection != connection)
            return;

        link.Connection = null;
        if (!_members.Contains(server))
        {
            Forget(server, link);
            return;
        }

        // Whether the server is gone is found out by opening. But the other side replaces connections too: if it is the one that opens,
        // another attempt at once would make it close the connection that is just coming. And one that ends every connection is not
        // asked for the next one without a pause.
        int pause = server < myId && link.Losses == 0 ? 0 : Math.Min(ShortestPause << Math.Min(link.Losses, 16), LongestPause);
        link.Losses++;
        if (pause == 0)
            Open(server, link);
        else
            Actions.Add(new ElectionLinkAction(ElectionLinkActionKind.LookAgain, server, pause));
    }

    /// <summary>A server has said something: its connection is good.</summary>
    public void Heard(long server)
    {
        if (_links.TryGetValue(server, out Link? link))
            link.Losses = 0;
    }

    /// <summary>A moment has passed since a connection was lost.</summary>
    public void LookAgain(long server)
    {
        if (_links.TryGetValue(server, out Link? link) && link.Connection is null)
            Open(server, link);
    }

    private Link? Find(long server)
    {
        if (_links.TryGetValue(server, out Link? link))
            return link;
        if (!_members.Contains(server) && _links.Keys.Count(id => !_members.Contains(id)) >= MaxStrangers)
            return null;

        _links.Add(server, link = new Link());
        return link;
    }

    /// <summary>A stranger that has gone takes its place with it.</summary>
    private void Forget(long server, Link link)
    {
        if (!_members.Contains(server) && link is { Connection: null, IsOpening: false })
            _links.Remove(server);
    }

    private void Open(long server, Link link)
    {
        if (link.IsOpening)
            return;

        link.IsOpening = true;
        Actions.Add(new ElectionLinkAction(ElectionLinkActionKind.Open, server, 0, link.Hint));
        link.Hint = null;
    }

    private void Use(long server, Link link, long connection)
    {
        Release(server, link);
        link.Connection = connection;
        link.Waiting ??= link.Last;
        Do(ElectionLinkActionKind.Use, server, connection);
        if (link.Waiting is not null)
            Do(ElectionLinkActionKind.Write, server, connection);
    }

    private void Release(long server, Link link)
    {
        if (link.Connection is { } old)
            Do(ElectionLinkActionKind.Close, server, old);
        link.Connection = null;
    }

    private void SetReachable(long server, Link link, bool isReachable)
    {
        if (link.IsUnreachable != isReachable)
            return;

        link.IsUnreachable = !isReachable;
        Do(isReachable ? ElectionLinkActionKind.Reachable : ElectionLinkActionKind.Unreachable, server);
    }

    private void Do(ElectionLinkActionKind kind, long server, long connection = 0) => Actions.Add(new ElectionLinkAction(kind, server, connection));

    private sealed class Link
    {
        public long? Connection { get; set; }

        public bool IsOpening { get; set; }

        public bool IsUnreachable { get; set; }

        public int Losses { get; set; }

        public ReadOnlyMemory<byte>? Waiting { get; set; }

        public ReadOnlyMemory<byte>? Last { get; set; }

        public IReadOnlyList<HostPort>? Hint { get; set; }
    }
}
