using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

public sealed class DataTreeTests
{
    private readonly DataTree _tree = new();

    [Theory]
    [InlineData("/", -1, 0, 1)]
    [InlineData("/zookeeper", -2, 0, 2)]
    [InlineData("/zookeeper/quota", 0, 0, 0)]
    [InlineData("/zookeeper/config", 0, -1, 0)]
    public void A_fresh_tree_shows_Apaches_stats(string path, int cversion, int aversion, int children)
    {
        ZnodeStat stat = _tree.Find(path)!.Value.ToWireStat();
        Assert.Equal(new ZnodeStat(0, 0, 0, 0, 0, cversion, aversion, 0, 0, children, 0), stat);
    }

    [Fact]
    public void A_fresh_tree_has_Apaches_size()
    {
        Assert.Equal(4, _tree.Count);
        Assert.Equal(44, _tree.ApproximateDataSize);
        Assert.Equal([new Acl(Permissions.Read, "world", "anyone")], _tree.Acls.Get(_tree.Find("/zookeeper/config")!.Value.AclId));
        Assert.Equal(1, _tree.Find("/zookeeper/config")!.Value.AclId);
    }

    [Fact]
    public void Creates_and_deletes_both_raise_the_cversion_on_the_wire()
    {
        Make("/p", 1);
        Make("/p/a", 2, parentCversion: 1);
        Make("/p/b", 3, parentCversion: 2);
        Assert.Equal(2, Wire("/p").Cversion);
        _tree.Delete("/p/a", new Zxid(4), out _);
        Assert.Equal(3, Wire("/p").Cversion);
        Assert.Equal(4, Wire("/p").Pzxid);
        Assert.Equal(1, Wire("/p").NumChildren);
        Assert.Equal(2, _tree.Find("/p")!.Value.Stat.Cversion);
    }

    [Fact]
    public void Children_keep_the_order_of_creation()
    {
        Make("/p", 1);
        for (int i = 0; i < 5; i++)
            Make($"/p/{i}", 2 + i, parentCversion: i + 1);
        _tree.Delete("/p/2", new Zxid(10), out _);
        _tree.Delete("/p/0", new Zxid(11), out _);
        _tree.Delete("/p/4", new Zxid(12), out _);
        Make("/p/2", 13, parentCversion: 6);
        Assert.Equal(["1", "3", "2"], Names("/p"));
    }

    [Fact]
    public void Descendants_are_counted_below_any_znode()
    {
        Make("/p", 1);
        Make("/p/a", 2);
        Make("/p/a/x", 3);
        Make("/p/a/x/y", 4);
        Make("/p/b", 5);
        Make("/pq", 6);
        Assert.Equal(4, _tree.CountDescendants(_tree.Find("/p")!.Value));
        Assert.Equal(2, _tree.CountDescendants(_tree.Find("/p/a")!.Value));
        Assert.Equal(0, _tree.CountDescendants(_tree.Find("/p/b")!.Value));
        Assert.Equal(9, _tree.CountDescendants(_tree.Find("/")!.Value));
    }

    [Theory]
    [InlineData(0L, false, false)]
    [InlineData(0x100000000000001L, true, false)]
    [InlineData(long.MinValue, false, false)]
    [InlineData(unchecked((long)0xFF00000000000064UL), false, true)]
    public void The_owner_field_tells_the_kind_of_znode(long owner, bool session, bool timeToLive)
    {
        Assert.Equal(session, ZnodeOwner.IsSession(owner));
        Assert.Equal(timeToLive, ZnodeOwner.IsTimeToLive(owner));
        _tree.Create("/n", null, AclTable.OpenList, owner, 1, new Zxid(1), 1, out Znode znode);
        Assert.Equal(session ? owner : 0, znode.ToWireStat().EphemeralOwner);
        Assert.Equal(session ? 1 : 0, _tree.Indexes.EphemeralCount);
        Assert.Equal(timeToLive ? 1 : 0, _tree.Indexes.TimesToLive.Count);
        Assert.Equal(owner == ZnodeOwner.Container ? 1 : 0, _tree.Indexes.Containers.Count);
        _tree.Delete("/n", new Zxid(2), out _);
        Assert.Equal(0, _tree.Indexes.EphemeralCount + _tree.Indexes.TimesToLive.Count + _tree.Indexes.Containers.Count);
    }

    [Fact]
    public void A_replayed_create_of_a_znode_that_exists_replaces_its_access_list_only()
    {
        Make("/a", 1, data: [7]);
        Acl[] list = [new(Permissions.Read, "ip", "10.0.0.1")];
        Assert.Equal(ErrorCode.NodeExists, _tree.Create("/a", [8], list, 0, 9, new Zxid(5), 5, out Znode znode));
        Assert.Equal([7], znode.Data.Span.ToArray());
        Assert.Equal(list, _tree.Acls.Get(znode.AclId));
        Assert.Equal(1, _tree.Find("/")!.Value.Stat.Cversion);
    }

    [Fact]
    public void Replayed_transactions_never_lower_the_numbers_of_a_parent()
    {
        Make("/p", 1);
        Make("/p/a", 8, parentCversion: 5);
        _tree.RaiseParent("/p/a", 3, new Zxid(2));
        _tree.Delete("/p/gone", new Zxid(3), out _);
        Assert.Equal(5, _tree.Find("/p")!.Value.Stat.Cversion);
        Assert.Equal(8, Wire("/p").Pzxid);
        _tree.Delete("/p/gone", new Zxid(9), out _);
        Assert.Equal(9, Wire("/p").Pzxid);
    }

    [Fact]
    public void Deleting_over_a_fuzzy_snapshot_takes_what_lies_below_however_deep()
    {
        DataTree fresh = new();
        var path = new System.Text.StringBuilder();
        for (int i = 1; i <= 3000; i++)
            Make(path.Append("/d").ToString(), i);
        Make("/d/e", 4000);
        Assert.True(_tree.Delete("/d", new Zxid(5000), out _));
        Assert.Equal(fresh.Count, _tree.Count);
        Assert.Equal(fresh.ApproximateDataSize, _tree.ApproximateDataSize);
    }

    [Fact]
    public void A_parent_cversion_of_minus_one_means_one_more()
    {
        Make("/p", 1);
        Make("/p/a", 2, parentCversion: -1);
        Make("/p/b", 3, parentCversion: -1);
        Assert.Equal(2, _tree.Find("/p")!.Value.Stat.Cversion);
    }

    [Fact]
    public void The_data_size_follows_every_change()
    {
        long before = _tree.ApproximateDataSize;
        Make("/abc", 1, data: [1, 2, 3]);
        Assert.Equal(before + 7, _tree.ApproximateDataSize);
        _tree.SetData("/abc", [1], 1, new Zxid(2), 2);
        Assert.Equal(before + 5, _tree.ApproximateDataSize);
        _tree.SetData("/abc", null, 2, new Zxid(3), 3);
        Assert.Equal(before + 4, _tree.ApproximateDataSize);
        _tree.Delete("/abc", new Zxid(4), out _);
        Assert.Equal(before, _tree.ApproximateDataSize);
    }

    [Fact]
    public void Neither_a_missing_parent_nor_a_missing_znode_is_an_accident()
    {
        Assert.Equal(ErrorCode.NoNode, _tree.Create("/x/y", null, AclTable.OpenList, 0, 1, new Zxid(1), 1, out _));
        Assert.Null(_tree.SetData("/x", null, 1, new Zxid(1), 1));
        Assert.Null(_tree.SetAcl("/x", AclTable.OpenList, 1));
        Assert.False(_tree.Delete("/x", new Zxid(1), out _));
        Assert.False(_tree.Delete("/", new Zxid(1), out _));
        Assert.Equal(_tree.Find("/"), _tree.Find(""));
    }

    private ZnodeStat Wire(string path) => _tree.Find(path)!.Value.ToWireStat();

    private List<string> Names(string path)
    {
        var names = new List<string>();
        for (Znode? child = _tree.Find(path)!.Value.FirstChild; child is not null; child = child.Value.NextSibling)
            names.Add(System.Text.Encoding.UTF8.GetString(child.Value.Name));
        return names;
    }

    private void Make(string path, long zxid, int parentCversion = 1, byte[]? data = null) =>
        Assert.Equal(ErrorCode.Ok, _tree.Create(path, data, AclTable.OpenList, 0, parentCversion, new Zxid(zxid), zxid, out _));
}
