namespace Coordination.Protocol;

/// <summary>Stands in the answer to a <see cref="QuorumPacketType.Ping"/>: a session whose client was heard of.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="TimeoutMilliseconds">Its timeout.</param>
public readonly record struct SessionTouch(long SessionId, int TimeoutMilliseconds) : IJuteRecord<SessionTouch>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 12;

    /// <inheritdoc/>
    public static SessionTouch Read(ref JuteReader reader) => new(reader.ReadInt64(), reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(SessionId);
        writer.WriteInt32(TimeoutMilliseconds);
    }
}

/// <summary>The data of an answer to a ping, one touch after the other: there is no count.</summary>
public ref struct SessionTouches
{
    private JuteReader _reader;

    /// <summary>Reads from the start.</summary>
    /// <param name="data">The packet's data.</param>
    public SessionTouches(ReadOnlySpan<byte> data) => _reader = new JuteReader(data);

    /// <summary>Reads the next touch.</summary>
    /// <param name="touch">The touch.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="JuteFormatException">The data ends inside a touch.</exception>
    public bool TryReadNext(out SessionTouch touch)
    {
        touch = default;
        if (_reader.Remaining == 0)
            return false;

        touch = SessionTouch.Read(ref _reader);
        return true;
    }
}

/// <summary>Data of a learner's <see cref="QuorumPacketType.Revalidate"/>: a client came with a session and its right password.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="TimeoutMilliseconds">The timeout that was negotiated with the client now.</param>
public readonly record struct RevalidateRequest(long SessionId, int TimeoutMilliseconds) : IJuteRecord<RevalidateRequest>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 12;

    /// <inheritdoc/>
    public static RevalidateRequest Read(ref JuteReader reader) => new(reader.ReadInt64(), reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(SessionId);
        writer.WriteInt32(TimeoutMilliseconds);
    }
}

/// <summary>Data of a leader's <see cref="QuorumPacketType.Revalidate"/>.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="IsValid">Whether it lives, and belongs to the asking server from now on.</param>
public readonly record struct RevalidateResponse(long SessionId, bool IsValid) : IJuteRecord<RevalidateResponse>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 9;

    /// <inheritdoc/>
    public static RevalidateResponse Read(ref JuteReader reader) => new(reader.ReadInt64(), reader.ReadBoolean());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(SessionId);
        writer.WriteBoolean(IsValid);
    }
}

/// <summary>One step of SASL between servers, where an ensemble demands it: before anything else of a link, or behind an election's greeting.</summary>
/// <param name="Magic"><see cref="ExpectedMagic"/>; any other number is the start of an unauthenticated link.</param>
/// <param name="Status">0 while it goes on, 1 for success, -1 for failure.</param>
/// <param name="Token">The mechanism's token.</param>
public readonly record struct QuorumAuthPacket(long Magic, int Status, byte[]? Token) : IJuteRecord<QuorumAuthPacket>
{
    /// <summary>The number by which such a packet is known. No other packet begins so.</summary>
    public const long ExpectedMagic = 0x5F24_3501_3501_EDCC;

    /// <inheritdoc/>
    public static QuorumAuthPacket Read(ref JuteReader reader) => new(reader.ReadInt64(), reader.ReadInt32(), reader.ReadBuffer());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(Magic);
        writer.WriteInt32(Status);
        writer.WriteBuffer(Token);
    }
}
