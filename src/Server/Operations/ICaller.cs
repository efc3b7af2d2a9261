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
