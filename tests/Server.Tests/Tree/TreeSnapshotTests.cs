using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Tree;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Server.Tests.Tree;

public sealed class TreeSnapshotTests
{
    [Fact]
    public void An_empty_servers_snapshot_is_as_long_as_Apaches()
    {
        // 457 bytes, less 16 of header, 13 and 13 of seals, 20 of digest.
        var tree = new DataTree();
        Assert.Equal(457 - 16 - 13 - 20 - 13, SnapshotBytes.Of(tree.BeginSnapshot(Zxid.Zero, [])).Length);
    }

    [Fact]
    public void A_snapshot_loads_as_what_it_was_taken_of()
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect();
        client.Made("/a", data: [1, 2]);
        client.Made("/a/e", CreateMode.Ephemeral);
        client.Create("/a/acl", acl: Acl.ReadOnly);
        client.Call(OpCode.CreateContainer, new CreateRequest("/c", [], Acl.Open, CreateMode.Container));
        TreeSnapshot snapshot = driver.Replica.BeginSnapshot();
        Assert.Equal(driver.Replica.LastProcessed, snapshot.Zxid);
        Assert.Equal(driver.Replica.State.Tree.Digest, snapshot.Digest);
        RecoveredState loaded = SnapshotBytes.Load(SnapshotBytes.Of(snapshot), snapshot.Zxid);
        Assert.Equal(SnapshotBytes.Describe(driver.Replica.State.Tree), SnapshotBytes.Describe(loaded.Tree));
        Assert.Equal(snapshot.Digest, loaded.Tree.Digest);
        Assert.Equal(driver.Replica.State.Tree.ApproximateDataSize, loaded.Tree.ApproximateDataSize);
        Assert.Equal(1, loaded.Tree.Indexes.EphemeralsOf(client.SessionId)!.Count);
        Assert.Equal(1, loaded.Tree.Indexes.Containers.Count);
        Assert.True(loaded.Sessions.TryGet(client.SessionId, out _));
    }

    [Fact]
    public void Slices_are_bounded()
    {
        var tree = new DataTree();
        for (int i = 1; i <= 200; i++)
            tree.Create($"/n{i}", new byte[50], AclTable.OpenList, 0, i, new Zxid(i), i, out _);
        TreeSnapshot snapshot = tree.BeginSnapshot(new Zxid(200), [new(1, 2), new(3, 4)]);
        using var buffer = new FrameBuffer();
        int slices = 0;
        int before;
        do
        {
            before = buffer.Length;
            slices++;
        }
        while (Write() && slices < 1000);

        Assert.InRange(slices, 100, 400);

        bool Write()
        {
            bool more = snapshot.WriteSlice(buffer, 100);
            Assert.InRange(buffer.Length - before, 0, 300);
            return more;
        }
    }

    [Fact]
    public void Only_one_snapshot_is_written_at_a_time_and_an_abandoned_one_holds_nothing()
    {
        var tree = new DataTree();
        TreeSnapshot first = tree.BeginSnapshot(Zxid.Zero, []);
        tree.SetData("/zookeeper", [1], 1, new Zxid(1), 1);
        Assert.Equal(1, first.ImageCount);
        Assert.Throws<InvalidOperationException>(() => tree.BeginSnapshot(Zxid.Zero, []));
        first.Abandon();
        Assert.Equal(0, first.ImageCount);
        using var buffer = new FrameBuffer();
        Assert.False(first.WriteSlice(buffer, 100));
        tree.BeginSnapshot(Zxid.Zero, []).Abandon();
    }

    [Fact]
    public void A_deleted_family_is_written_parents_first()
    {
        var tree = new DataTree();
        tree.Create("/a", [1], AclTable.OpenList, 0, 1, new Zxid(1), 1, out _);
        tree.Create("/a/b", [2], AclTable.OpenList, 0, 1, new Zxid(2), 2, out _);
        tree.Create("/a/b/c", [3], AclTable.OpenList, 0, 1, new Zxid(3), 3, out _);
        List<string> then = SnapshotBytes.Describe(tree);
        TreeSnapshot snapshot = tree.BeginSnapshot(new Zxid(3), []);
        tree.Delete("/a/b/c", new Zxid(4), out _);
        tree.Delete("/a/b", new Zxid(5), out _);
        tree.Delete("/a", new Zxid(6), out _);
        tree.Create("/a", [9], AclTable.OpenList, 0, 2, new Zxid(7), 7, out _);
        Assert.Equal(then, SnapshotBytes.Describe(SnapshotBytes.Load(SnapshotBytes.Of(snapshot, 1), snapshot.Zxid).Tree));
    }

    [Fact]
    public void A_snapshot_written_during_change_equals_the_tree_at_its_zxid()
    {
        Gen<(byte Kind, byte Target, byte Slice)> step =
            from kind in Gen.Choose(0, 9)
            from target in Gen.Choose(0, 25)
            from slice in Gen.Choose(0, 3)
            select ((byte)kind, (byte)target, (byte)slice);
        Prop.ForAll(step.ListOf(60).ToArbitrary(), step.ListOf(80).ToArbitrary(), Exact)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData("twice")]
    [InlineData("orphan")]
    [InlineData("rootless")]
    [InlineData("sessions")]
    public void A_damaged_snapshot_is_refused(string damage)
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        writer.WriteInt32(damage == "sessions" ? -5 : 0);
        writer.WriteInt32(0);
        if (damage == "twice")
        {
            WriteNode(ref writer, "");
            WriteNode(ref writer, "");
        }
        else if (damage == "orphan")
        {
            WriteNode(ref writer, "");
            WriteNode(ref writer, "/a/b");
        }

        writer.WriteString("/");
        writer.Flush();
        var input = new SnapshotBytes.Input(buffer.WrittenSpan.ToArray());
        Assert.Throws<JuteFormatException>(() => TreeSnapshotLoader.Load(input));
    }

    private static void WriteNode(ref JuteWriter writer, string path)
    {
        writer.WriteString(path);
        writer.WriteBuffer([]);
        writer.WriteInt64(-1);
        writer.WriteRaw(new byte[60]);
    }

    private static bool Exact(IList<(byte Kind, byte Target, byte Slice)> before, IList<(byte Kind, byte Target, byte Slice)> during)
    {
        var tree = new DataTree();
        long zxid = 0;
        foreach ((byte kind, byte target, _) in before)
            Change(tree, kind, target, ++zxid);

        List<string> expected = SnapshotBytes.Describe(tree);
        TreeSnapshot snapshot = tree.BeginSnapshot(new Zxid(zxid), [new(77, 5000)]);
        using var buffer = new FrameBuffer();
        foreach ((byte kind, byte target, byte slice) in during)
        {
            Change(tree, kind, target, ++zxid);
            if (slice > 0)
                snapshot.WriteSlice(buffer, slice * 40);
        }

        while (snapshot.WriteSlice(buffer, 100))
        {
        }

        RecoveredState loaded = SnapshotBytes.Load(buffer.WrittenSpan.ToArray(), snapshot.Zxid);
        Assert.Equal(expected, SnapshotBytes.Describe(loaded.Tree));
        Assert.Equal(snapshot.Digest, loaded.Tree.Digest);
        Assert.True(loaded.Sessions.TryGet(77, out _));
        return true;
    }

    /// <summary>Some change that is possible: 26 paths in a tree of three levels.</summary>
    private static void Change(DataTree tree, byte kind, byte target, long zxid)
    {
        string path = target switch
        {
            < 4 => $"/{target}",
            < 14 => $"/{target % 4}/{target}",
            _ => $"/{target % 2}/{4 + (target % 2 == 0 ? 0 : 1)}/{target}",
        };
        Acl[] acl = (kind % 3) switch
        {
            0 => AclTable.OpenList,
            1 => [new(Permissions.Read, "world", "anyone")],
            _ => [new(Permissions.All, "ip", $"10.0.0.{target}")],
        };
        Znode? znode = tree.Find(path);
        if (znode is null && kind < 8)
            tree.Create(path, kind == 0 ? null : [kind, target], acl, kind == 5 ? 77 : 0, -1, new Zxid(zxid), zxid, out _);
        else if (znode is { ChildCount: 0 } && kind is 6 or 7 or 8)
            tree.Delete(path, new Zxid(zxid), out _);
        else if (znode is not null && kind is 1 or 2)
            tree.SetAcl(path, acl, (int)zxid);
        else if (znode is not null)
            tree.SetData(path, [kind], (int)zxid, new Zxid(zxid), zxid);
    }
}
