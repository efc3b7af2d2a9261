using System.Text;
using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

/// <summary>Random histories, with snapshots in their middle, against <see cref="TreeModel"/>.</summary>
public sealed class TreeModelTests
{
    private const long Session = 0x100000000000001;

    private static readonly string[] Names = ["a", "b", "c", "ä", "日本", "😀", "a long name that is longer than the others", "0000000001"];
    private static readonly long[] Owners = [0, 0, 0, Session, ZnodeOwner.Container, ZnodeOwner.WithTimeToLive(50)];
    private static readonly Acl[][] Lists =
    [
        AclTable.OpenList, [new(Permissions.Read, "world", "anyone")], [new(Permissions.All, "digest", "a:b"), new(Permissions.Read, "ip", "::1")],
    ];

    private readonly DataTree _tree = new();
    private readonly TreeModel _model = new();
    private long _zxid;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_tree_is_what_the_model_is(int seed)
    {
        var random = new Random(seed);
        for (int step = 1; step <= 500; step++)
        {
            Change(random);
            if (step % 50 == 0)
                Compare();
        }
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    public void A_snapshot_holds_the_model_of_the_moment_it_began(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 8; round++)
        {
            for (int i = random.Next(60); i >= 0; i--)
                Change(random);
            List<string> expected = _model.Describe();
            ulong digest = _model.Digest;
            TreeSnapshot snapshot = _tree.BeginSnapshot(new Zxid(_zxid), []);
            using var bytes = new FrameBuffer();
            while (snapshot.WriteSlice(bytes, random.Next(1, 400)))
            {
                for (int i = random.Next(12); i > 0; i--)
                    Change(random);
            }

            RecoveredState loaded = SnapshotBytes.Load(bytes.WrittenSpan.ToArray(), snapshot.Zxid);
            Assert.Equal(expected, SnapshotBytes.Describe(loaded.Tree));
            Assert.Equal(digest, loaded.Tree.Digest);
            Assert.Equal(digest, snapshot.Digest);
            Assert.Equal(0, snapshot.ImageCount);
            Compare();
        }
    }

    [Fact]
    public void An_abandoned_snapshot_leaves_nothing_behind()
    {
        var random = new Random(31);
        for (int round = 0; round < 8; round++)
        {
            TreeSnapshot abandoned = _tree.BeginSnapshot(new Zxid(_zxid), []);
            using var some = new FrameBuffer();
            abandoned.WriteSlice(some, 500);
            for (int i = 0; i < 60; i++)
                Change(random);
            abandoned.Abandon();
            byte[] bytes = SnapshotBytes.Of(_tree.BeginSnapshot(new Zxid(_zxid), []));
            Assert.Equal(_model.Describe(), SnapshotBytes.Describe(SnapshotBytes.Load(bytes, new Zxid(_zxid)).Tree));
        }
    }

    [Fact]
    public void A_loaded_tree_lists_children_in_the_same_order()
    {
        var random = new Random(41);
        for (int i = 0; i < 500; i++)
            Change(random);
        DataTree loaded = SnapshotBytes.Load(SnapshotBytes.Of(_tree.BeginSnapshot(new Zxid(_zxid), [])), new Zxid(_zxid)).Tree;
        Assert.Equal(_tree.All().Select(static znode => znode.Path), loaded.All().Select(static znode => znode.Path));
    }

    private void Change(Random random)
    {
        var zxid = new Zxid(++_zxid);
        string[] paths = [.. _model.Paths.Where(static path => !path.StartsWith("/zookeeper", StringComparison.Ordinal))];
        string path = paths[random.Next(paths.Length)];
        byte[]? data = random.Next(5) switch { 0 => null, 1 => [], _ => [.. Enumerable.Repeat((byte)_zxid, random.Next(1, 40))] };
        Acl[] acl = Lists[random.Next(Lists.Length)];
        switch (random.Next(10))
        {
            case < 4:
                string child = $"{path}/{Names[random.Next(Names.Length)]}";
                if (_model.Has(child) || child.Length > 120)
                    return;
                long owner = Owners[random.Next(Owners.Length)];
                Assert.Equal(ErrorCode.Ok, _tree.Create(child, data, acl, owner, -1, zxid, 1000 + _zxid, out Znode created));
                Assert.Equal(child, created.Path);
                _model.Create(child, data, acl, owner, zxid, 1000 + _zxid);
                break;
            case < 7:
                if (path.Length == 0 || _model.Descendants(path) > 0)
                    return;
                Assert.True(_tree.Delete(path, zxid, out _));
                _model.Delete(path, zxid);
                break;
            case < 9:
                Assert.NotNull(_tree.SetData(path, data, (int)_zxid, zxid, 1000 + _zxid));
                _model.SetData(path, data, (int)_zxid, zxid, 1000 + _zxid);
                break;
            default:
                Assert.NotNull(_tree.SetAcl(path, acl, (int)_zxid));
                _model.SetAcl(path, acl, (int)_zxid);
                break;
        }
    }

    private void Compare()
    {
        Assert.Equal(_model.Describe(), SnapshotBytes.Describe(_tree));
        Assert.Equal(_model.Count, _tree.Count);
        Assert.Equal(_model.Digest, _tree.Digest);
        Assert.Equal(_model.DataSize, _tree.ApproximateDataSize);
        Assert.Equal(_model.OwnedBy(Session), Paths(_tree.Indexes.EphemeralsOf(Session)));
        Assert.Equal(_model.OwnedBy(ZnodeOwner.Container), Paths(_tree.Indexes.Containers));
        Assert.Equal(_model.OwnedBy(ZnodeOwner.WithTimeToLive(50)), Paths(_tree.Indexes.TimesToLive));
        foreach (string path in _model.Paths)
        {
            Znode znode = _tree.Find(path)!.Value;
            Assert.Equal(path, znode.Path);
            Assert.Equal(_model.Descendants(path), _tree.CountDescendants(znode));
            Assert.Equal(_model.Children(path), Children(znode));
            Assert.Null(_tree.Find(path + "//"));
            Assert.Null(_tree.Find(path + "/nobody"));
            Assert.Null(_tree.Find("x" + path));
        }
    }

    private static List<string> Children(Znode parent)
    {
        var names = new List<string>();
        for (Znode? child = parent.FirstChild; child is not null; child = child.Value.NextSibling)
            names.Add(Encoding.UTF8.GetString(child.Value.Name));
        return names;
    }

    private static List<string> Paths(ZnodeSet set)
    {
        var paths = new List<string>();
        foreach (Znode znode in set)
            paths.Add(znode.Path);
        return paths;
    }
}
