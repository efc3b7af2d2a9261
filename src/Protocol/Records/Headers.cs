namespace Coordination.Protocol;

/// <summary>Precedes every request after the handshake.</summary>
/// <param name="Xid">Chosen by the client and echoed in the reply.</param>
/// <param name="Type">The operation; any number may arrive here.</param>
public readonly record struct RequestHeader(int Xid, OpCode Type) : IJuteRecord<RequestHeader>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    /// <inheritdoc/>
    public static RequestHeader Read(ref JuteReader reader) => new(reader.ReadInt32(), (OpCode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(Xid);
        writer.WriteInt32((int)Type);
    }
}

/// <summary>Precedes every reply and event. Nothing follows it when <see cref="Error"/> is not zero.</summary>
/// <param name="Xid">The request's xid, or <see cref="WellKnownXid.Notification"/>.</param>
/// <param name="Zxid">A write's own transaction, or the last one applied when a read was answered; 0 for auth, -1 for unknown operations.</param>
/// <param name="Error">The outcome.</param>
public readonly record struct ReplyHeader(int Xid, long Zxid, ErrorCode Error) : IJuteRecord<ReplyHeader>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <inheritdoc/>
    public static ReplyHeader Read(ref JuteReader reader) => new(reader.ReadInt32(), reader.ReadInt64(), (ErrorCode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(Xid);
        writer.WriteInt64(Zxid);
        writer.WriteInt32((int)Error);
    }
}

/// <summary>Transaction ids of requests that have a meaning of their own.</summary>
public static class WellKnownXid
{
    /// <summary>Server to client: a watch event.</summary>
    public const int Notification = -1;

    /// <summary>A ping, whatever the client sent.</summary>
    public const int Ping = -2;

    /// <summary>Credentials, by Java, C and kazoo clients.</summary>
    public const int Auth = -4;

    /// <summary>Re-established watches, by the C client.</summary>
    public const int SetWatches = -8;
}

/// <summary>The body of a reply with nothing but a code, and of a failed operation inside a multi.</summary>
/// <param name="Error">The code.</param>
public readonly record struct ErrorResponse(ErrorCode Error) : IJuteRecord<ErrorResponse>
{
    /// <inheritdoc/>
    public static ErrorResponse Read(ref JuteReader reader) => new((ErrorCode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteInt32((int)Error);
}

/// <summary>The body of <see cref="OpCode.Ping"/>, <see cref="OpCode.CloseSession"/> and <see cref="OpCode.WhoAmI"/> requests: no fields.</summary>
public readonly record struct EmptyRecord : IJuteRecord<EmptyRecord>
{
    /// <inheritdoc/>
    public static EmptyRecord Read(ref JuteReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
    }
}
