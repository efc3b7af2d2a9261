namespace Coordination.Protocol;

/// <summary>An identity that a client has proved to the server which forwards its request (jute <c>Id</c>).</summary>
/// <param name="Scheme">For example <c>ip</c> or <c>digest</c>.</param>
/// <param name="Id">In the scheme's own form.</param>
public readonly record struct AuthId(string? Scheme, string? Id) : IJuteRecord<AuthId>
{
    /// <summary>The least number of bytes it takes: two empty strings.</summary>
    internal const int MinimumSize = 8;

    /// <inheritdoc/>
    public static AuthId Read(ref JuteReader reader) => new(reader.ReadString(), reader.ReadString());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Scheme);
        writer.WriteString(Id);
    }
}

/// <summary>
/// The one record of a learner's link, written back to back without an outer length. <see cref="QuorumPacketReader"/> finds its end in
/// bytes that arrive piecemeal; <see cref="QuorumPacketWriter"/> writes each type with what belongs into it.
/// </summary>
/// <param name="Type">What it says; any number may arrive here.</param>
/// <param name="Zxid">Meaning depends on the type; -1 where there is none.</param>
/// <param name="Data">Meaning depends on the type; null where there is none.</param>
/// <param name="AuthInfo">The identities of the client behind a <see cref="QuorumPacketType.Request"/>; otherwise null.</param>
public readonly record struct QuorumPacket(
    QuorumPacketType Type,
    Zxid Zxid,
    byte[]? Data,
    IReadOnlyList<AuthId>? AuthInfo) : IJuteRecord<QuorumPacket>
{
    /// <summary>Bytes of a packet without data and identities.</summary>
    public const int MinimumSize = 20;

    /// <summary>
    /// What Apache's peers accept by default in one data field: <c>jute.maxbuffer</c> and as much again for what surrounds a request.
    /// </summary>
    public const int DefaultMaxData = 2 * JuteReader.DefaultMaxBuffer;

    /// <inheritdoc/>
    public static QuorumPacket Read(ref JuteReader reader) => new(
        (QuorumPacketType)reader.ReadInt32(),
        new Zxid(reader.ReadInt64()),
        reader.ReadBuffer(),
        ReadIds(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32((int)Type);
        writer.WriteInt64(Zxid.Value);
        writer.WriteBuffer(Data);
        WriteIds(AuthInfo, ref writer);
    }

    internal static AuthId[]? ReadIds(ref JuteReader reader)
    {
        int count = reader.ReadCount(AuthId.MinimumSize);
        if (count < 0)
            return null;
        if (count == 0)
            return [];

        var ids = new AuthId[count];
        for (int i = 0; i < count; i++)
            ids[i] = AuthId.Read(ref reader);
        return ids;
    }

    internal static void WriteIds(IReadOnlyList<AuthId>? ids, ref JuteWriter writer)
    {
        if (ids is null)
        {
            writer.WriteInt32(-1);
            return;
        }

        writer.WriteInt32(ids.Count);
        for (int i = 0; i < ids.Count; i++)
            ids[i].Write(ref writer);
    }
}
