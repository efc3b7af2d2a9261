namespace Coordination.Bench.Stubs;

/// <summary>How bytes reach the owner.</summary>
internal enum StubTransport
{
    /// <summary>A Kestrel connection handler with Kestrel's defaults.</summary>
    Kestrel,

    /// <summary>The same with inline scheduling and inline socket completions: the handler runs on the thread that polls the sockets.</summary>
    KestrelInline,

    /// <summary>Own accept and receive loops on <see cref="System.Net.Sockets.SocketAsyncEventArgs"/>, completions on the pool.</summary>
    Sockets,

    /// <summary>The same with inline socket completions.</summary>
    SocketsInline,

    /// <summary>One thread around epoll by P/Invoke; it is the owner too.</summary>
    Epoll,
}

/// <summary>Who runs the owner's turn.</summary>
internal enum StubTurn
{
    /// <summary>A thread of its own, woken by a mailbox.</summary>
    Thread,

    /// <summary>Whoever posts to an idle mailbox.</summary>
    Poster,
}

/// <summary>Where the log is synced.</summary>
internal enum StubSync
{
    /// <summary>A storage thread takes what has gathered and posts back that it is durable.</summary>
    Storage,

    /// <summary>Inside the turn when nothing else waits, otherwise by the storage thread.</summary>
    InPlaceWhenIdle,

    /// <summary>Always inside the turn, once for all its writes.</summary>
    InPlace,

    /// <summary>Never: what is left is the protocol and the sockets.</summary>
    None,
}

/// <summary>One way of building the corridor from socket to disk and back.</summary>
internal readonly record struct StubDesign(StubTransport Transport, StubTurn Turn, StubSync Sync)
{
    public static IReadOnlyList<StubDesign> All { get; } =
    [
        new(StubTransport.Kestrel, StubTurn.Thread, StubSync.Storage),
        new(StubTransport.Kestrel, StubTurn.Poster, StubSync.Storage),
        new(StubTransport.Kestrel, StubTurn.Poster, StubSync.InPlaceWhenIdle),
        new(StubTransport.Kestrel, StubTurn.Poster, StubSync.InPlace),
        new(StubTransport.KestrelInline, StubTurn.Thread, StubSync.Storage),
        new(StubTransport.KestrelInline, StubTurn.Poster, StubSync.Storage),
        new(StubTransport.KestrelInline, StubTurn.Poster, StubSync.InPlaceWhenIdle),
        new(StubTransport.KestrelInline, StubTurn.Poster, StubSync.InPlace),
        new(StubTransport.Sockets, StubTurn.Poster, StubSync.InPlaceWhenIdle),
        new(StubTransport.SocketsInline, StubTurn.Poster, StubSync.Storage),
        new(StubTransport.SocketsInline, StubTurn.Poster, StubSync.InPlaceWhenIdle),
        new(StubTransport.SocketsInline, StubTurn.Poster, StubSync.InPlace),
        new(StubTransport.Epoll, StubTurn.Poster, StubSync.Storage),
        new(StubTransport.Epoll, StubTurn.Poster, StubSync.InPlaceWhenIdle),
        new(StubTransport.Epoll, StubTurn.Poster, StubSync.InPlace),
    ];

    /// <summary>The runtime's own switch; it is read once at start, so it has to come from outside.</summary>
    public IReadOnlyDictionary<string, string> Environment => Transport is StubTransport.KestrelInline or StubTransport.SocketsInline
        ? new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" }
        : new Dictionary<string, string>();

    public static StubDesign Parse(string text)
    {
        string[] parts = text.Split('/');
        return new StubDesign(Enum.Parse<StubTransport>(parts[0]), Enum.Parse<StubTurn>(parts[1]), Enum.Parse<StubSync>(parts[2]));
    }

    public override string ToString() => $"{Transport}/{Turn}/{Sync}";
}
