using System.Net;
using Coordination.Protocol;

namespace Coordination.Server.Network;

/// <summary>
/// One socket as its owner drives it: frames in, bytes out, neither of them ever blocking. Every member is called by the owner of the
/// replica in a turn, and only there; that is why nothing here is locked.
/// </summary>
/// <param name="remoteAddress">The peer.</param>
internal abstract class ClientConnection(IPEndPoint remoteAddress)
{
    /// <summary>The peer; an IPv4 address mapped into IPv6 is shown as IPv4.</summary>
    public IPEndPoint RemoteAddress { get; } = remoteAddress;

    /// <summary>The subject of the peer's verified certificate, in the form of RFC 2253; null without TLS or without a certificate.</summary>
    public virtual string? CertificateSubject { get => null; init { } }

    /// <summary>What the owner hangs on the connection.</summary>
    public object? Owner { get; set; }

    /// <summary>Whether a send is waiting for the socket; until <see cref="IConnectionEvents.Writable"/> nothing may be sent.</summary>
    public bool IsSending { get; protected set; }

    /// <summary>Bytes handed over with <see cref="Send"/> that the socket has not taken, as far as is known.</summary>
    public abstract int Unsent { get; }

    /// <summary>Bytes that the socket has taken since the connection was accepted.</summary>
    public long SentBytes { get; protected set; }

    /// <summary>Whether the peer has ended its side, or the connection is broken. Bytes may still wait to be taken.</summary>
    public bool HasEnded { get; protected set; }

    /// <summary>Whether bytes are at hand that <see cref="TryTake"/> may look at.</summary>
    public abstract bool HasBytes { get; }

    /// <summary>
    /// Asks for more bytes, after telling the transport what was taken. True if some are at hand at once (or the end is); otherwise
    /// <see cref="IConnectionEvents.Readable"/> follows.
    /// </summary>
    public abstract bool Read();

    /// <summary>Picks up what <see cref="IConnectionEvents.Readable"/> announced.</summary>
    public abstract void EndRead();

    /// <summary>Takes the next frame from the bytes at hand.</summary>
    /// <param name="maxFrame">The largest body accepted.</param>
    /// <param name="frame">The body; valid until <see cref="Read"/>. For <see cref="FrameStatus.Refused"/>: the length word.</param>
    public abstract FrameStatus TryTake(int maxFrame, out ReadOnlySpan<byte> frame);

    /// <summary>Looks at the first four bytes without taking them; false while fewer are at hand.</summary>
    public abstract bool TryPeekWord(out int word);

    /// <summary>Looks at the first bytes, as many as fit, without taking them; false while fewer are at hand.</summary>
    public abstract bool TryPeek(Span<byte> bytes);

    /// <summary>Hands over and empties <paramref name="output"/>. Not while <see cref="IsSending"/>.</summary>
    public abstract void Send(FrameBuffer output);

    /// <summary>Picks up what <see cref="IConnectionEvents.Writable"/> announced.</summary>
    public abstract void EndSend();

    /// <summary>Ends the connection after what was sent has left. Not while <see cref="IsSending"/>.</summary>
    public abstract void Close();

    /// <summary>Ends the connection at once and drops what has not left.</summary>
    public abstract void Abort();
}

/// <summary>What <see cref="ClientConnection.TryTake"/> found.</summary>
internal enum FrameStatus
{
    /// <summary>A whole frame.</summary>
    Taken,

    /// <summary>Not enough bytes yet.</summary>
    Incomplete,

    /// <summary>A length below zero or above the limit: nothing behind it can be understood.</summary>
    Refused,
}
