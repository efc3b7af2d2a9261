namespace Coordination.Protocol;

/// <summary>
/// Writes each type of packet with exactly the zxid and the data that belong into it. Nothing is allocated; entries and requests are
/// copied once, from where they lie into the output.
/// </summary>
public static class QuorumPacketWriter
{
    /// <summary>The zxid of packets that have none.</summary>
    public static readonly Zxid NoZxid = new(-1);

    /// <summary>Learner to leader: its first packet.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="isObserver">Whether the learner's entry in its configuration says observer.</param>
    /// <param name="acceptedEpoch">The highest epoch that the learner has promised to follow.</param>
    /// <param name="info">Who it is.</param>
    public static void WriteLearnerInfo(ref JuteWriter writer, bool isObserver, int acceptedEpoch, in LearnerInfo info)
    {
        Begin(ref writer, isObserver ? QuorumPacketType.ObserverInfo : QuorumPacketType.FollowerInfo, Zxid.Create(acceptedEpoch, 0));
        writer.WriteInt32(info.Size);
        info.Write(ref writer);
        End(ref writer);
    }

    /// <summary>Leader to learner: the epoch it proposes.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="info">The leader's version.</param>
    public static void WriteLeaderInfo(ref JuteWriter writer, int epoch, LeaderInfo info)
    {
        Begin(ref writer, QuorumPacketType.LeaderInfo, Zxid.Create(epoch, 0));
        writer.WriteInt32(LeaderInfo.Size);
        info.Write(ref writer);
        End(ref writer);
    }

    /// <summary>Learner to leader: the answer to <see cref="QuorumPacketType.LeaderInfo"/>.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="last">The learner's last zxid; all of it is on its disk.</param>
    /// <param name="promise">Its current epoch, or that it has made the promise before.</param>
    public static void WriteAckEpoch(ref JuteWriter writer, Zxid last, EpochPromise promise)
    {
        Begin(ref writer, QuorumPacketType.AckEpoch, last);
        writer.WriteInt32(EpochPromise.Size);
        promise.Write(ref writer);
        End(ref writer);
    }

    /// <summary>
    /// Writes a packet that is all zxid: <see cref="QuorumPacketType.Diff"/>, <see cref="QuorumPacketType.Truncate"/>,
    /// <see cref="QuorumPacketType.Snapshot"/>, <see cref="QuorumPacketType.Ack"/>, <see cref="QuorumPacketType.Commit"/>, or a leader's
    /// <see cref="QuorumPacketType.Ping"/>.
    /// </summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="type">Its type.</param>
    /// <param name="zxid">Its zxid.</param>
    public static void Write(ref JuteWriter writer, QuorumPacketType type, Zxid zxid)
    {
        Begin(ref writer, type, zxid);
        writer.WriteInt32(-1);
        End(ref writer);
    }

    /// <summary>Leader to learner: the history of the epoch is complete.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="configuration">The leader's last seen configuration, as <see cref="QuorumConfiguration.ToString"/> writes it.</param>
    public static void WriteNewLeader(ref JuteWriter writer, int epoch, string configuration)
    {
        Begin(ref writer, QuorumPacketType.NewLeader, Zxid.Create(epoch, 0));
        writer.WriteString(configuration);
        End(ref writer);
    }

    /// <summary>Leader to learner: serve.</summary>
    /// <param name="writer">Appended to.</param>
    public static void WriteUpToDate(ref JuteWriter writer) => Write(ref writer, QuorumPacketType.UpToDate, NoZxid);

    /// <summary>Leader to learner: its oldest sync is through.</summary>
    /// <param name="writer">Appended to.</param>
    public static void WriteSync(ref JuteWriter writer) => Write(ref writer, QuorumPacketType.Sync, Zxid.Zero);

    /// <summary>Writes a packet that carries a transaction: <see cref="QuorumPacketType.Proposal"/> or <see cref="QuorumPacketType.Inform"/>.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="type">Its type.</param>
    /// <param name="zxid">The transaction's zxid.</param>
    /// <param name="entry">The transaction as it stands in the log.</param>
    public static void WriteEntry(ref JuteWriter writer, QuorumPacketType type, Zxid zxid, ReadOnlySpan<byte> entry)
    {
        Begin(ref writer, type, zxid);
        writer.WriteBuffer(entry);
        End(ref writer);
    }

    /// <summary>Leader to follower: commits a change of the configuration.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="zxid">The transaction's zxid.</param>
    /// <param name="header">Who shall lead from now on.</param>
    public static void WriteCommitAndActivate(ref JuteWriter writer, Zxid zxid, ActivationHeader header)
    {
        Begin(ref writer, QuorumPacketType.CommitAndActivate, zxid);
        writer.WriteInt32(ActivationHeader.Size);
        header.Write(ref writer);
        End(ref writer);
    }

    /// <summary>Leader to observer: a committed change of the configuration.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="zxid">The transaction's zxid.</param>
    /// <param name="header">Who shall lead from now on.</param>
    /// <param name="entry">The transaction as it stands in the log.</param>
    public static void WriteInformAndActivate(ref JuteWriter writer, Zxid zxid, ActivationHeader header, ReadOnlySpan<byte> entry)
    {
        Begin(ref writer, QuorumPacketType.InformAndActivate, zxid);
        writer.WriteInt32(ActivationHeader.Size + entry.Length);
        header.Write(ref writer);
        writer.WriteRaw(entry);
        End(ref writer);
    }

    /// <summary>Learner to leader: the answer to a ping.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="zxid">The ping's zxid.</param>
    /// <param name="touches">The sessions heard of since the last answer.</param>
    public static void WritePingReply(ref JuteWriter writer, Zxid zxid, ReadOnlySpan<SessionTouch> touches)
    {
        Begin(ref writer, QuorumPacketType.Ping, zxid);
        writer.WriteInt32(checked(touches.Length * SessionTouch.Size));
        for (int i = 0; i < touches.Length; i++)
            touches[i].Write(ref writer);
        End(ref writer);
    }

    /// <summary>Learner to leader: a client wants to go on with its session.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="request">The session.</param>
    public static void WriteRevalidate(ref JuteWriter writer, RevalidateRequest request)
    {
        Begin(ref writer, QuorumPacketType.Revalidate, NoZxid);
        writer.WriteInt32(RevalidateRequest.Size);
        request.Write(ref writer);
        End(ref writer);
    }

    /// <summary>Leader to learner: whether it may.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="response">The session and the answer.</param>
    public static void WriteRevalidated(ref JuteWriter writer, RevalidateResponse response)
    {
        Begin(ref writer, QuorumPacketType.Revalidate, NoZxid);
        writer.WriteInt32(RevalidateResponse.Size);
        response.Write(ref writer);
        End(ref writer);
    }

    /// <summary>Learner to leader: a client's request.</summary>
    /// <param name="writer">Appended to.</param>
    /// <param name="header">Whose, and which.</param>
    /// <param name="record">The request's record as the client sent it, without its header.</param>
    /// <param name="authInfo">The client's identities; null for what the server asks of its own accord.</param>
    public static void WriteRequest(
        ref JuteWriter writer, in ForwardedRequestHeader header, ReadOnlySpan<byte> record, IReadOnlyList<AuthId>? authInfo)
    {
        Begin(ref writer, QuorumPacketType.Request, NoZxid);
        writer.WriteInt32(ForwardedRequestHeader.Size + record.Length);
        header.Write(ref writer);
        writer.WriteRaw(record);
        QuorumPacket.WriteIds(authInfo, ref writer);
    }

    private static void Begin(ref JuteWriter writer, QuorumPacketType type, Zxid zxid)
    {
        writer.WriteInt32((int)type);
        writer.WriteInt64(zxid.Value);
    }

    /// <summary>Requests alone carry identities.</summary>
    private static void End(ref JuteWriter writer) => writer.WriteInt32(-1);
}
