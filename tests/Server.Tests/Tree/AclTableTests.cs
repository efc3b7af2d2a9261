using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

public sealed class AclTableTests
{
    private static readonly Acl[] ReadOnly = [new(Permissions.Read, "world", "anyone")];
    private static readonly Acl[] Bob = [new(Permissions.All, "digest", "bob:x"), new(Permissions.Read, "world", "anyone")];

    private readonly AclTable _table = new();

    [Fact]
    public void The_open_list_stands_in_no_table()
    {
        Assert.Equal(AclTable.OpenId, _table.Acquire([new(Permissions.All, "world", "anyone")]));
        Assert.Same(AclTable.OpenList, _table.Get(AclTable.OpenId));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Equal_lists_share_an_id_until_the_last_user_is_gone()
    {
        Assert.Equal(1, _table.Acquire(ReadOnly));
        Assert.Equal(2, _table.Acquire(Bob));
        Assert.Equal(1, _table.Acquire([.. ReadOnly]));
        _table.Release(1);
        Assert.Equal(ReadOnly, _table.Get(1));
        _table.Release(1);
        Assert.Equal(1, _table.Count);
        Assert.Equal(3, _table.Acquire(ReadOnly));
    }

    [Fact]
    public void The_order_of_entries_makes_another_list() => Assert.NotEqual(_table.Acquire(Bob), _table.Acquire([Bob[1], Bob[0]]));

    [Fact]
    public void Ids_count_on_above_those_of_a_snapshot()
    {
        _table.Restore(7, Bob);
        _table.AcquireId(7);
        _table.AcquireId(12);
        Assert.Equal(7, _table.Acquire([.. Bob]));
        Assert.Equal(13, _table.Acquire(ReadOnly));
    }

    [Fact]
    public void An_id_without_a_list_grants_nobody_anything()
    {
        _table.AcquireId(5);
        Assert.All(_table.Get(5), entry => Assert.Equal(Permissions.None, entry.Permissions));
        Assert.All(_table.Get(99), entry => Assert.Equal(Permissions.None, entry.Permissions));
        Assert.NotEmpty(_table.Get(99));
    }

    [Fact]
    public void Unused_lists_of_a_snapshot_are_forgotten()
    {
        _table.Restore(1, ReadOnly);
        _table.Restore(2, Bob);
        _table.AcquireId(2);
        _table.RemoveUnused();
        Assert.Equal([2L], _table.Entries().Select(entry => entry.Key));
        Assert.Equal(3, _table.Acquire(ReadOnly));
    }
}
