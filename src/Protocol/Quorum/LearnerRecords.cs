namespace Coordination.Protocol;

/// <summary>Data of <see cref="QuorumPacketType.FollowerInfo"/> and <see cref="QuorumPacketType.ObserverInfo"/>: who the learner is.</summary>
/// <param name="ServerId">Its number in the configuration.</param>
/// <param name="ProtocolVersion">What it speaks; null from servers before 3.4, which tell their number only.</param>
/// <param name="ConfigurationVersion">The version of its committed configuration; null from servers before 3.5.</param>
public readonly record struct LearnerInfo(long ServerId, int? ProtocolVersion, long? ConfigurationVersion) : IJuteRecord<LearnerInfo>
{
    /// <summary>What Apache's servers say: ZAB 1.0.</summary>
    public const int ApacheVersion = 0x10000;

    /// <summary>What our servers say, by which they know each other. Apache's accept every version from <see cref="ApacheVersion"/> on.</summary>
    public const int OwnVersion = 0x10001;

    /// <summary>Whether the learner is a server of ours.</summary>
    public bool IsOwn => ProtocolVersion >= OwnVersion;

    /// <summary>Bytes on the wire.</summary>
    public int Size => ProtocolVersion is null ? 8 : ConfigurationVersion is null ? 12 : 20;

    /// <inheritdoc/>
    public static LearnerInfo Read(ref JuteReader reader)
    {
        long id = reader.ReadInt64();
        if (reader.Remaining == 0)
            return new(id, null, null);

        int version = reader.ReadInt32();
        return new(id, version, reader.Remaining == 0 ? null : reader.ReadInt64());
    }

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(ServerId);
        if (ProtocolVersion is not { } version)
            return;

        writer.WriteInt32(version);
        if (ConfigurationVersion is { } configuration)
            writer.WriteInt64(configuration);
    }
}

/// <summary>Data of <see cref="QuorumPacketType.LeaderInfo"/>.</summary>
/// <param name="ProtocolVersion">What the leader speaks, see <see cref="LearnerInfo"/>.</param>
public readonly record struct LeaderInfo(int ProtocolVersion) : IJuteRecord<LeaderInfo>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 4;

    /// <inheritdoc/>
    public static LeaderInfo Read(ref JuteReader reader) => new(reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteInt32(ProtocolVersion);
}

/// <summary>Data of <see cref="QuorumPacketType.AckEpoch"/>: a promise to follow no older epoch than the one proposed.</summary>
/// <param name="CurrentEpoch">The epoch of the last leader whose history the learner has; -1 if it has promised this epoch before.</param>
public readonly record struct EpochPromise(int CurrentEpoch) : IJuteRecord<EpochPromise>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 4;

    /// <summary>No second promise: it must not be counted.</summary>
    public static readonly EpochPromise MadeBefore = new(-1);

    /// <inheritdoc/>
    public static EpochPromise Read(ref JuteReader reader) => new(reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteInt32(CurrentEpoch);
}

/// <summary>Data of <see cref="QuorumPacketType.CommitAndActivate"/>; in <see cref="QuorumPacketType.InformAndActivate"/> the entry follows it.</summary>
/// <param name="DesignatedLeader">The server that leads under the new configuration.</param>
public readonly record struct ActivationHeader(long DesignatedLeader) : IJuteRecord<ActivationHeader>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    /// <inheritdoc/>
    public static ActivationHeader Read(ref JuteReader reader) => new(reader.ReadInt64());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteInt64(DesignatedLeader);
}

/// <summary>
/// Begins the data of <see cref="QuorumPacketType.Request"/>; the request's record follows as the client sent it. Of
/// <see cref="OpCode.CreateSession"/> it is the timeout alone, of <see cref="OpCode.CloseSession"/> nothing.
/// </summary>
/// <param name="SessionId">The client's session.</param>
/// <param name="Cxid">The client's number of the request.</param>
/// <param name="Type">The operation.</param>
public readonly record struct ForwardedRequestHeader(long SessionId, int Cxid, OpCode Type) : IJuteRecord<ForwardedRequestHeader>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <inheritdoc/>
    public static ForwardedRequestHeader Read(ref JuteReader reader) => new(reader.ReadInt64(), reader.ReadInt32(), (OpCode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(SessionId);
        writer.WriteInt32(Cxid);
        writer.WriteInt32((int)Type);
    }
}
