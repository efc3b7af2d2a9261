using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Testing;

namespace Coordination.Server.Tests.Replication;

/// <summary>What one request takes from the managed heap once everything is warm.</summary>
public sealed class AllocationTests
{
    private const int Warm = 20_000;
    private const int Measured = 20_000;
    private static readonly byte[] Value = new byte[100];

    private readonly ReplicaDriver _driver = new() { AutoPersist = false };

    [Fact]
    public void A_read_takes_nothing()
    {
        ClientLink link = Prepare();
        Assert.InRange(BytesPer(link, Frame(OpCode.GetData, new GetDataRequest("/parent/znode", Watch: false))), 0, 1);
        Assert.InRange(BytesPer(link, Frame(OpCode.Exists, new ExistsRequest("/parent/absent", Watch: false))), 0, 1);
        Assert.InRange(BytesPer(link, Frame(OpCode.GetChildren2, new GetChildren2Request("/parent", Watch: false))), 0, 1);
        Assert.InRange(BytesPer(link, Frame(OpCode.Ping, default(EmptyRecord))), 0, 1);
    }

    [Fact]
    public void A_set_takes_its_path_its_data_and_little_more()
    {
        ClientLink link = Prepare();
        Assert.InRange(BytesPer(link, Frame(OpCode.SetData, new SetDataRequest("/parent/znode", Value, -1))), 1, 800);
    }

    private static byte[] Frame<T>(OpCode operation, T record)
        where T : IJuteRecord<T>
    {
        using FrameBuffer buffer = new();
        RawClient.WriteFrame(buffer, 1, operation, record);
        return buffer.WrittenSpan[sizeof(int)..].ToArray();
    }

    private ClientLink Prepare()
    {
        _driver.AutoPersist = true;
        TestClient client = _driver.Connect();
        client.Call(OpCode.Create, new CreateRequest("/parent", [], Acl.Open, CreateMode.Persistent));
        client.Call(OpCode.Create, new CreateRequest("/parent/znode", Value, Acl.Open, CreateMode.Persistent));
        _driver.AutoPersist = false;
        return client.Link;
    }

    private long BytesPer(ClientLink link, byte[] frame)
    {
        for (int i = 0; i < Warm; i++)
            Serve(link, frame);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Measured; i++)
            Serve(link, frame);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Measured;
    }

    /// <summary>A turn as Hosting runs it: the log is durable at once, and the output has left.</summary>
    private void Serve(ClientLink link, byte[] frame)
    {
        Replica replica = _driver.Replica;
        replica.BeginTurn(new ReplicaTime(_driver.Now, _driver.Wall));
        replica.Receive(link, frame);
        if (replica.Outbox.Log.Entries.Count > 0)
            replica.LogPersisted(replica.Outbox.Log.Entries[^1].Zxid);
        link.Output.Clear();
        replica.Outbox.Clear();
    }
}
