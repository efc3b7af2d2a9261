namespace Coordination.Server.Network;

/// <summary>How client connections are carried.</summary>
internal enum TransportKind
{
    /// <summary>A Kestrel of our own; its socket transport completes on the thread pool.</summary>
    Kestrel,

    /// <summary>One thread of our own waits for all sockets; nothing depends on the thread pool.</summary>
    Polling,
}
