using System.Buffers.Binary;
using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests;

/// <summary>A reply or event as a client would see it.</summary>
internal sealed record Reply(ReplyHeader Header, byte[] Body)
{
    public ErrorCode Error => Header.Error;

    public long Zxid => Header.Zxid;

    public bool IsEvent => Header.Xid == WellKnownXid.Notification;

    public T Read<T>()
        where T : IJuteRecord<T>
    {
        Assert.Equal(ErrorCode.Ok, Error);
        var reader = new JuteReader(Body);
        T record = T.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return record;
    }

    public WatcherEvent Event()
    {
        Assert.True(IsEvent);
        WatcherEvent read = Read<WatcherEvent>();
        Assert.Equal(EventState.SyncConnected, read.State);
        return read;
    }
}

/// <summary>Where a link ends.</summary>
internal interface IClientHost
{
    /// <summary>A frame has arrived.</summary>
    void Hand(ClientLink link, byte[] frame);

    /// <summary>The connection is gone.</summary>
    void Drop(ClientLink link);

    /// <summary>Lets happen what may, until something is so.</summary>
    void WaitFor(Func<bool> condition);
}

/// <summary>The client end of a link: requests in, frames out, in order.</summary>
internal sealed class TestClient(IClientHost host, ClientLink link)
{
    private readonly Queue<byte[]> _frames = new();
    private int _lastXid;

    public ClientLink Link { get; } = link;

    public ConnectResponse Handshake { get; set; }

    public long SessionId => Handshake.SessionId;

    public CloseReason Closed => Link.Close;

    /// <summary>Frames that have arrived and were not read.</summary>
    public int Waiting
    {
        get
        {
            Collect();
            return _frames.Count;
        }
    }

    public void SendFrame(ReadOnlySpan<byte> frame)
    {
        host.Hand(Link, frame.ToArray());
    }

    public void SendConnect(ConnectRequest request) => SendFrame(Bytes(request));

    /// <summary>Sends a request and returns its xid.</summary>
    public int Send<T>(OpCode type, T record, int? xid = null)
        where T : IJuteRecord<T>
    {
        int id = xid ?? ++_lastXid;
        SendFrame([.. Bytes(new RequestHeader(id, type)), .. Bytes(record)]);
        return id;
    }

    /// <summary>Sends a request and reads its reply, which must be the next frame.</summary>
    public Reply Call<T>(OpCode type, T record)
        where T : IJuteRecord<T>
    {
        int xid = Send(type, record);
        Reply reply = Next();
        Assert.Equal(xid, reply.Header.Xid);
        if (reply.Error != ErrorCode.Ok)
            Assert.Empty(reply.Body);
        return reply;
    }

    /// <summary>Sends a request that must fail.</summary>
    public ErrorCode Error<T>(OpCode type, T record)
        where T : IJuteRecord<T> => Call(type, record).Error;

    /// <summary>The next frame.</summary>
    public Reply Next()
    {
        byte[] frame = NextFrame();
        var reader = new JuteReader(frame);
        ReplyHeader header = ReplyHeader.Read(ref reader);
        return new Reply(header, frame[ReplyHeader.Size..]);
    }

    public byte[] NextFrame()
    {
        Collect();
        if (_frames.Count == 0)
            host.WaitFor(() => Waiting > 0 || Closed != CloseReason.None);
        Assert.True(_frames.Count > 0, $"a frame was expected, the connection is {Closed}");
        return _frames.Dequeue();
    }

    public ConnectResponse ReadConnectResponse()
    {
        var reader = new JuteReader(NextFrame());
        return ConnectResponse.Read(ref reader);
    }

    public (WatchEventType Type, string Path) NextEvent()
    {
        WatcherEvent next = Next().Event();
        return (next.Type, next.Path);
    }

    /// <summary>All events that have arrived; nothing else may have.</summary>
    public List<(WatchEventType Type, string Path)> Events()
    {
        var events = new List<(WatchEventType, string)>();
        while (Waiting > 0)
            events.Add(NextEvent());
        return events;
    }

    public void Disconnect() => host.Drop(Link);

    public Reply Create(string path, byte[]? data = null, CreateMode mode = CreateMode.Persistent, IReadOnlyList<Acl>? acl = null) =>
        Call(OpCode.Create, new CreateRequest(path, data ?? [], acl ?? Acl.Open, mode));

    public Reply Create2(string path, byte[]? data = null, CreateMode mode = CreateMode.Persistent, IReadOnlyList<Acl>? acl = null) =>
        Call(OpCode.Create2, new CreateRequest(path, data ?? [], acl ?? Acl.Open, mode));

    /// <summary>Creates a znode that must be created, and returns its final path.</summary>
    public string Made(string path, CreateMode mode = CreateMode.Persistent, byte[]? data = null) =>
        Create(path, data, mode).Read<CreateResponse>().Path;

    public Reply Delete(string path, int version = -1) => Call(OpCode.Delete, new DeleteRequest(path, version));

    public Reply SetData(string path, byte[]? data, int version = -1) => Call(OpCode.SetData, new SetDataRequest(path, data, version));

    public Reply GetData(string path, bool watch = false) => Call(OpCode.GetData, new GetDataRequest(path, watch));

    public Reply Exists(string path, bool watch = false) => Call(OpCode.Exists, new ExistsRequest(path, watch));

    public Reply GetChildren(string path, bool watch = false) => Call(OpCode.GetChildren, new GetChildrenRequest(path, watch));

    public ZnodeStat Stat(string path) => Exists(path).Read<ExistsResponse>().Stat;

    public IReadOnlyList<string> Children(string path) => GetChildren(path).Read<GetChildrenResponse>().Children!;

    public Reply AddWatch(string path, AddWatchMode mode) => Call(OpCode.AddWatch, new AddWatchRequest(path, mode));

    public Reply AddDigest(string credentials) =>
        Call(OpCode.Auth, new AuthPacket(0, "digest", System.Text.Encoding.UTF8.GetBytes(credentials)));

    public Reply Multi(params MultiOperation[] operations) => Call(OpCode.Multi, new MultiRequest(operations));

    public IReadOnlyList<MultiResult> MultiResults(params MultiOperation[] operations) => Multi(operations).Read<MultiResponse>().Results;

    private static byte[] Bytes<T>(T record)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        record.Write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private void Collect()
    {
        ReadOnlySpan<byte> output = Link.Output.WrittenSpan;
        while (output.Length > 0)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(output);
            _frames.Enqueue(output.Slice(sizeof(int), length).ToArray());
            output = output[(sizeof(int) + length)..];
        }

        Link.Output.Clear();
    }
}
