namespace Coordination.Bench.Stubs;

/// <summary>The process behind `stub-server`: one design, one port, one log.</summary>
internal static class StubServer
{
    /// <summary>The design that `compare` shows beside real servers.</summary>
    public static StubDesign Reference { get; } = new(StubTransport.Epoll, StubTurn.Poster, StubSync.InPlace);

    /// <summary>The same without a log: what opening and closing sessions costs by itself.</summary>
    public static StubDesign WithoutLog { get; } = new(StubTransport.Epoll, StubTurn.Poster, StubSync.None);

    public static async Task RunAsync(StubDesign design, int port, string directory)
    {
        using var log = new StubLog(directory);
        switch (design.Transport)
        {
            case StubTransport.Kestrel or StubTransport.KestrelInline:
                await KestrelStub.RunAsync(design, log, port);
                break;
            case StubTransport.Sockets or StubTransport.SocketsInline:
                new SocketStub(new StubOwner(design, log)).Run(port);
                break;
            default:
                new EpollStub(design, log).Run(port);
                break;
        }
    }
}
