namespace Coordination.Protocol;

/// <summary>The first frame of a connection.</summary>
/// <param name="ProtocolVersion">0; servers ignore it.</param>
/// <param name="LastZxidSeen">The highest zxid in any reply the client has seen; a server that lags behind it closes the connection.</param>
/// <param name="TimeoutMilliseconds">The session timeout asked for.</param>
/// <param name="SessionId">0 for a new session, otherwise the session to re-attach.</param>
/// <param name="Password">The session's password, 16 bytes; of no interest for a new session.</param>
/// <param name="ReadOnly">Whether a read-only server will do; null if the client (Go, old ones) does not send the byte.</param>
public readonly record struct ConnectRequest(
    int ProtocolVersion,
    long LastZxidSeen,
    int TimeoutMilliseconds,
    long SessionId,
    byte[]? Password,
    bool? ReadOnly) : IJuteRecord<ConnectRequest>
{
    /// <inheritdoc/>
    public static ConnectRequest Read(ref JuteReader reader) => new(
        reader.ReadInt32(),
        reader.ReadInt64(),
        reader.ReadInt32(),
        reader.ReadInt64(),
        reader.ReadBuffer(),
        reader.Remaining > 0 ? reader.ReadBoolean() : null);

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(ProtocolVersion);
        writer.WriteInt64(LastZxidSeen);
        writer.WriteInt32(TimeoutMilliseconds);
        writer.WriteInt64(SessionId);
        writer.WriteBuffer(Password);
        if (ReadOnly is { } readOnly)
            writer.WriteBoolean(readOnly);
    }
}

/// <summary>The server's answer to the first frame.</summary>
/// <param name="ProtocolVersion">0.</param>
/// <param name="TimeoutMilliseconds">The negotiated timeout; 0 means that the session has expired or never existed.</param>
/// <param name="SessionId">The session; 0 when it was refused.</param>
/// <param name="Password">16 bytes; zeros when it was refused. C clients have room for no other length.</param>
/// <param name="ReadOnly">Whether the server is read-only; null towards a client that did not send the byte, which must not receive one.</param>
public readonly record struct ConnectResponse(
    int ProtocolVersion,
    int TimeoutMilliseconds,
    long SessionId,
    byte[]? Password,
    bool? ReadOnly) : IJuteRecord<ConnectResponse>
{
    /// <inheritdoc/>
    public static ConnectResponse Read(ref JuteReader reader) => new(
        reader.ReadInt32(),
        reader.ReadInt32(),
        reader.ReadInt64(),
        reader.ReadBuffer(),
        reader.Remaining > 0 ? reader.ReadBoolean() : null);

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(ProtocolVersion);
        writer.WriteInt32(TimeoutMilliseconds);
        writer.WriteInt64(SessionId);
        writer.WriteBuffer(Password);
        if (ReadOnly is { } readOnly)
            writer.WriteBoolean(readOnly);
    }
}
