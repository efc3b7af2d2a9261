using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>What Hosting knows about one connection beside what the replica knows. Touched only in turns.</summary>
internal sealed class ConnectedClient
{
    /// <summary>Joins a socket and its link.</summary>
    public ConnectedClient(ClientConnection connection, long id, long acceptedAt)
    {
        Connection = connection;
        AcceptedAt = acceptedAt;
        Link = new ClientLink(id, connection.RemoteAddress) { Owner = this };
        Sessionless = new LinkedListNode<ConnectedClient>(this);
        connection.Owner = this;
    }

    /// <summary>Its place among those whose time without a session is counted. Who has gone leaves it, so that nothing is kept of them.</summary>
    public LinkedListNode<ConnectedClient> Sessionless { get; }

    /// <summary>The socket.</summary>
    public ClientConnection Connection { get; }

    /// <summary>The replica's view.</summary>
    public ClientLink Link { get; }

    /// <summary>When it was accepted, monotonic milliseconds.</summary>
    public long AcceptedAt { get; }

    /// <summary>The first word was no four-letter word: the replica knows the link.</summary>
    public bool IsAttached { get; set; }

    /// <summary>The handshake was handed over. With <see cref="ClientLink.AwaitsSession"/> false and no close wanted, there is a session.</summary>
    public bool SentHandshake { get; set; }

    /// <summary>Bytes wait in the pipe because a limit is reached; looked at again when it may have fallen.</summary>
    public bool IsStalled { get; set; }

    /// <summary>No more frames are taken; the connection ends when its output has left.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Takes part in the read phase that runs; else it could come into it twice.</summary>
    public bool IsInReadPhase { get; set; }

    /// <summary>The read phase has left nothing for the owner: what announced bytes in this turn is done with.</summary>
    public bool IsServed { get; set; }

    /// <summary>The turn for which <see cref="AnswerShare"/> holds.</summary>
    public long AnsweredInTurn { get; set; }

    /// <summary>What is left to it of the turn for reads that waited behind its writes.</summary>
    public TurnShare AnswerShare;

    /// <summary>Bytes of large requests that were not answered when this was last looked at.</summary>
    public long LargeBytes { get; set; }

    /// <summary>What is left of the answer to a four-letter word; no frames are taken then.</summary>
    public IEnumerator<string>? Answer { get; set; }

    /// <summary>A four-letter word waits for figures; no frames are taken then.</summary>
    public bool IsAsking { get; set; }

    /// <summary>The connection is over and forgotten.</summary>
    public bool IsGone { get; set; }

    /// <summary>While closing: when patience ends.</summary>
    public long CloseBy { get; set; } = long.MaxValue;

    /// <summary>What was still to be sent when the output was last looked at while the socket was full.</summary>
    public int Backlog { get; set; }

    /// <summary>Bytes of replies and events that the client has not taken.</summary>
    public long Unread => Link.Output.Length + (long)Connection.Unsent;

    /// <summary><see cref="Unread"/> as it counts in the sum over all connections.</summary>
    public long CountedUnread { get; set; }

    /// <summary>The time for reading runs: until when, monotonic milliseconds. 0: it does not.</summary>
    public long UnreadUntil { get; set; }

    /// <summary>Bytes that had been taken when it began.</summary>
    public long TakenBefore { get; set; }

    /// <summary>Whether a session is bound to the connection.</summary>
    public bool HasSession => SentHandshake && !Link.AwaitsSession && Link.Close == CloseReason.None;
}
