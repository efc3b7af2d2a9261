using Coordination.Protocol;
using Coordination.Server.Watches;

namespace Coordination.Server.Operations;

/// <summary>Who asks: a connection with its session and identities.</summary>
internal interface ICaller
{
    /// <summary>The session.</summary>
    long SessionId { get; }

    /// <summary>Who the connection has proved to be; the first one is its address.</summary>
    Identities Identities { get; }

    /// <summary>The holder of the connection's watches.</summary>
    Watcher Watcher { get; }

    /// <summary>
    /// Bytes that the body of a reply may take on top of what the connection still has to take: one buffer holds it all, and its end would be
    /// the server's.
    /// </summary>
    long ReplyRoom { get; }
}

/// <summary>The caller of what the server does of its own accord; nothing is forbidden to it.</summary>
internal sealed class ServerCaller : ICaller
{
    /// <inheritdoc/>
    public long SessionId { get; set; }

    /// <inheritdoc/>
    public Identities Identities => Identities.OfServer;

    /// <inheritdoc/>
    public Watcher Watcher => throw new InvalidOperationException("The server watches nothing.");

    /// <inheritdoc/>
    public long ReplyRoom => throw new InvalidOperationException("The server reads nothing.");
}
