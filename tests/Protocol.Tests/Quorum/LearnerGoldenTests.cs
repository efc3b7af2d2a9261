using System.Buffers;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Learner links of an Apache ensemble, packet by packet.</summary>
public sealed class LearnerGoldenTests
{
    private const int MaxData = QuorumPacket.DefaultMaxData;

    public static TheoryData<string> Recordings => Recording.Learners;

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_packet_is_written_again_with_the_same_bytes(string name)
    {
        foreach (RecordedItem item in Recording.Read(name).Where(item => item.What != "SnapshotStream"))
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            Assert.Equal((item.Bytes.Length, item.What, item.Number), (packet.Length, packet.Type.ToString(), packet.Zxid.Value));
            byte[] again = Rewritten(packet, fromLeader: !item.ToAcceptor);
            Assert.Equal($"{item} {Convert.ToHexStringLower(item.Bytes)}", $"{item} {Convert.ToHexStringLower(again)}");
            Assert.Equal(item.Bytes, Codec.Encode(packet.ToPacket()));
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_stream_falls_into_its_packets_however_it_arrives(string name)
    {
        foreach (IReadOnlyList<RecordedItem> stream in Recording.Streams(name))
        {
            foreach (int piece in new[] { 1, 3, 7, 64, 100_000 })
                Assert.Equal(stream.Select(item => item.What), Split(stream, piece));
        }
    }

    [Fact]
    public void The_recordings_hold_every_type_of_packet()
    {
        IEnumerable<string> seen = Recordings.SelectMany(row => Recording.Read(row.Data)).Select(item => item.What).Distinct();
        Assert.Equal(Enum.GetNames<QuorumPacketType>().Append("SnapshotStream").Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_learner_says_who_it_is_and_promises()
    {
        RecordedItem[] items = [.. Recording.Read("start-learners")];
        LearnerInfo info = Single(items, QuorumPacketType.FollowerInfo).ReadData<LearnerInfo>();
        Assert.Equal(new LearnerInfo(1, LearnerInfo.ApacheVersion, 0), info);
        Assert.False(info.IsOwn);
        Assert.Equal(Zxid.Zero, Single(items, QuorumPacketType.FollowerInfo).Zxid);
        Assert.Equal(new LeaderInfo(LearnerInfo.ApacheVersion), Single(items, QuorumPacketType.LeaderInfo).ReadData<LeaderInfo>());
        Assert.Equal(Zxid.Create(1, 0), Single(items, QuorumPacketType.LeaderInfo).Zxid);
        Assert.Equal(new EpochPromise(0), Single(items, QuorumPacketType.AckEpoch).ReadData<EpochPromise>());
        Assert.Equal(new Zxid(-1), Single(items, QuorumPacketType.UpToDate).Zxid);
    }

    [Fact]
    public void A_learner_that_promised_before_says_so()
    {
        RecordedItem[] items = [.. Recording.Read("behind-learners")];
        Assert.Equal(EpochPromise.MadeBefore, Single(items, QuorumPacketType.AckEpoch).ReadData<EpochPromise>());
        Assert.Equal(Zxid.Create(1, 0), Single(items, QuorumPacketType.FollowerInfo).Zxid);
    }

    [Fact]
    public void The_configuration_of_a_new_leader_is_written_again_as_it_came()
    {
        RecordedItem[] leaders = [.. Recordings.SelectMany(row => Recording.Read(row.Data)).Where(item => item.What == "NewLeader")];
        Assert.NotEmpty(leaders);
        foreach (RecordedItem item in leaders)
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            QuorumConfiguration configuration = QuorumConfiguration.Parse(packet.ReadText());
            Assert.Equal(packet.ReadText(), configuration.ToString());
            Assert.NotNull(configuration.Find(1));
        }
    }

    [Fact]
    public void A_forwarded_request_carries_session_operation_and_identities()
    {
        int created = 0;
        var types = new HashSet<OpCode>();
        foreach (RecordedItem item in Recording.Read("work-learners").Where(item => item.What == "Request"))
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            ForwardedRequestHeader header = packet.ReadData<ForwardedRequestHeader>();
            types.Add(header.Type);
            if (header.Type != OpCode.Create || packet.ReadAuthInfo() is not { Length: > 1 })
                continue;

            Assert.Equal(item.Opener, header.SessionId >> 56);
            created++;
            CreateRequest create = Codec.Decode<CreateRequest>(packet.Data[ForwardedRequestHeader.Size..]);
            Assert.StartsWith("/", create.Path, StringComparison.Ordinal);
            Assert.Equal(["ip", "digest"], packet.ReadAuthInfo()!.Select(id => id.Scheme).Order(StringComparer.Ordinal).Reverse());
        }

        Assert.Superset(
            new HashSet<OpCode>
            {
                OpCode.Create, OpCode.Create2, OpCode.CreateContainer, OpCode.CreateTtl, OpCode.Delete, OpCode.SetData, OpCode.SetAcl, OpCode.Multi,
                OpCode.Sync, OpCode.CreateSession, OpCode.CloseSession,
            },
            types);
        Assert.True(created >= 3);
    }

    [Fact]
    public void A_moved_session_is_valid_and_an_ended_one_is_not()
    {
        var verdicts = new List<RevalidateResponse>();
        var requests = new List<RevalidateRequest>();
        foreach (RecordedItem item in Recording.Read("work-learners").Where(item => item.What == "Revalidate"))
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            if (item.ToAcceptor)
                requests.Add(packet.ReadData<RevalidateRequest>());
            else
                verdicts.Add(packet.ReadData<RevalidateResponse>());
        }

        Assert.Equal([true, false], verdicts.Select(verdict => verdict.IsValid));
        Assert.Equal(requests.Select(request => request.SessionId), verdicts.Select(verdict => verdict.SessionId));
        Assert.All(requests, request => Assert.Equal(60_000, request.TimeoutMilliseconds));
    }

    [Fact]
    public void An_answered_ping_tells_the_sessions_that_were_heard_of()
    {
        var touches = new List<SessionTouch>();
        foreach (RecordedItem item in Recording.Read("work-learners").Where(item => item.What == "Ping" && item.ToAcceptor))
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            Assert.True(packet.HasData);
            var reader = new SessionTouches(packet.Data);
            while (reader.TryReadNext(out SessionTouch touch))
                touches.Add(touch);
        }

        Assert.Contains(touches, touch => touch.TimeoutMilliseconds == 60_000 && touch.SessionId >> 56 == 1);
    }

    [Fact]
    public void A_change_of_the_configuration_names_the_next_leader_to_followers_and_observers()
    {
        RecordedItem[] items = [.. Recording.Read("reconfigure-learners")];
        long[] zxids = [.. items.Where(item => item.What == "CommitAndActivate").Select(item => item.Number).Distinct()];
        Assert.Equal(3, zxids.Length);
        foreach (RecordedItem item in items.Where(item => item.What is "CommitAndActivate" or "InformAndActivate"))
        {
            Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
            long designated = packet.ReadData<ActivationHeader>().DesignatedLeader;
            bool leaves = item.Number == zxids[^1];
            Assert.True(leaves ? designated != item.Acceptor : designated == item.Acceptor, $"{item} designates {designated}");
        }
    }

    private static QuorumPacketView Single(RecordedItem[] items, QuorumPacketType type)
    {
        RecordedItem item = Assert.Single(items, item => item.What == type.ToString());
        Assert.True(QuorumPacketReader.TryRead(item.Bytes, MaxData, out QuorumPacketView packet));
        return packet;
    }

    private static byte[] Rewritten(in QuorumPacketView packet, bool fromLeader)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        Rewrite(ref writer, packet, fromLeader);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void Rewrite(ref JuteWriter writer, in QuorumPacketView packet, bool fromLeader)
    {
        switch (packet.Type)
        {
            case QuorumPacketType.FollowerInfo or QuorumPacketType.ObserverInfo:
                QuorumPacketWriter.WriteLearnerInfo(
                    ref writer, packet.Type == QuorumPacketType.ObserverInfo, packet.Zxid.Epoch, packet.ReadData<LearnerInfo>());
                break;
            case QuorumPacketType.LeaderInfo:
                QuorumPacketWriter.WriteLeaderInfo(ref writer, packet.Zxid.Epoch, packet.ReadData<LeaderInfo>());
                break;
            case QuorumPacketType.AckEpoch:
                QuorumPacketWriter.WriteAckEpoch(ref writer, packet.Zxid, packet.ReadData<EpochPromise>());
                break;
            case QuorumPacketType.NewLeader:
                QuorumPacketWriter.WriteNewLeader(ref writer, packet.Zxid.Epoch, packet.ReadText());
                break;
            case QuorumPacketType.UpToDate:
                QuorumPacketWriter.WriteUpToDate(ref writer);
                break;
            case QuorumPacketType.Sync:
                QuorumPacketWriter.WriteSync(ref writer);
                break;
            case QuorumPacketType.Proposal or QuorumPacketType.Inform:
                QuorumPacketWriter.WriteEntry(ref writer, packet.Type, packet.Zxid, packet.Data);
                break;
            case QuorumPacketType.CommitAndActivate:
                QuorumPacketWriter.WriteCommitAndActivate(ref writer, packet.Zxid, packet.ReadData<ActivationHeader>());
                break;
            case QuorumPacketType.InformAndActivate:
                QuorumPacketWriter.WriteInformAndActivate(
                    ref writer, packet.Zxid, packet.ReadData<ActivationHeader>(), packet.Data[ActivationHeader.Size..]);
                break;
            case QuorumPacketType.Ping when !fromLeader:
                QuorumPacketWriter.WritePingReply(ref writer, packet.Zxid, Touches(packet.Data));
                break;
            case QuorumPacketType.Revalidate when fromLeader:
                QuorumPacketWriter.WriteRevalidated(ref writer, packet.ReadData<RevalidateResponse>());
                break;
            case QuorumPacketType.Revalidate:
                QuorumPacketWriter.WriteRevalidate(ref writer, packet.ReadData<RevalidateRequest>());
                break;
            case QuorumPacketType.Request:
                QuorumPacketWriter.WriteRequest(
                    ref writer, packet.ReadData<ForwardedRequestHeader>(), packet.Data[ForwardedRequestHeader.Size..], packet.ReadAuthInfo());
                break;
            default:
                QuorumPacketWriter.Write(ref writer, packet.Type, packet.Zxid);
                break;
        }
    }

    private static SessionTouch[] Touches(ReadOnlySpan<byte> data)
    {
        var list = new List<SessionTouch>();
        var reader = new SessionTouches(data);
        while (reader.TryReadNext(out SessionTouch touch))
            list.Add(touch);
        return [.. list];
    }

    /// <summary>Feeds a stream in pieces, packets and snapshots alike, and names what was found.</summary>
    private static List<string> Split(IReadOnlyList<RecordedItem> stream, int piece)
    {
        byte[] bytes = [.. stream.SelectMany(item => item.Bytes)];
        var found = new List<string>();
        SnapshotStreamScanner? snapshot = null;
        int start = 0;
        for (int end = Math.Min(piece, bytes.Length); ; end = Math.Min(end + piece, bytes.Length))
        {
            start += Take(new ReadOnlySequence<byte>(bytes, start, end - start), found, ref snapshot);
            if (end == bytes.Length)
                break;
        }

        Assert.Equal(bytes.Length, start);
        return found;
    }

    private static int Take(ReadOnlySequence<byte> arrived, List<string> found, ref SnapshotStreamScanner? snapshot)
    {
        long before = arrived.Length;
        while (true)
        {
            if (snapshot is not null)
            {
                arrived = arrived.Slice(snapshot.Scan(arrived.FirstSpan, out _));
                if (!snapshot.IsComplete)
                    break;
                found.Add("SnapshotStream");
                snapshot = null;
            }

            if (!QuorumPacketReader.TryRead(ref arrived, MaxData, out QuorumPacket packet))
                break;
            found.Add(packet.Type.ToString());
            if (packet.Type == QuorumPacketType.Snapshot)
                snapshot = new SnapshotStreamScanner();
        }

        return (int)(before - arrived.Length);
    }
}
