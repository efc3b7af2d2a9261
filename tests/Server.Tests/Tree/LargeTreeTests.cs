using System.Globalization;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

/// <summary>Shapes in which work that grows with the tree would need minutes.</summary>
public sealed class LargeTreeTests
{
    private readonly DataTree _tree = new();
    private long _zxid;

    [Fact]
    public void Hundreds_of_thousands_of_children_of_one_parent_come_and_go()
    {
        const int count = 400_000;
        Make("/p");
        byte[] data = new byte[100];
        for (int i = 0; i < count; i++)
            Make(PathOf(i), data);
        Assert.Equal(count, _tree.Find("/p")!.Value.ChildCount);

        // From both ends and from the middle.
        for (int i = 0; i < count / 4; i++)
        {
            Delete(PathOf(i));
            Delete(PathOf(count - 1 - i));
            Delete(PathOf((count / 4) + i));
        }

        Znode parent = _tree.Find("/p")!.Value;
        Assert.Equal(count / 4, parent.ChildCount);
        Assert.Equal("0000200000", Encoding.UTF8.GetString(parent.FirstChild!.Value.Name));
        Assert.Null(_tree.Find(PathOf(0)));
        Assert.Equal(PathOf(count / 2), _tree.Find(PathOf(count / 2))!.Value.Path);
    }

    [Fact]
    public void The_same_names_below_many_parents_are_found_below_the_right_one()
    {
        for (int parent = 0; parent < 300; parent++)
        {
            Make($"/{parent}");
            for (int child = 0; child < 300; child++)
                Make($"/{parent}/{child}", [(byte)parent, (byte)child]);
        }

        for (int parent = 0; parent < 300; parent++)
        {
            for (int child = 0; child < 300; child++)
                Assert.Equal([(byte)parent, (byte)child], _tree.Find($"/{parent}/{child}")!.Value.Data.Span.ToArray());
        }
    }

    [Fact]
    public void Names_that_collide_under_simple_hashes_cost_no_more_than_others()
    {
        // All of these are equal to String.hashCode of Java, and to any other hash that adds up characters times powers of 31.
        string[] collisions = [""];
        for (int i = 0; i < 16; i++)
            collisions = [.. collisions.SelectMany(static name => new[] { name + "Aa", name + "BB" })];
        Make("/p");
        foreach (string name in collisions)
            Make("/p/" + name);
        foreach (string name in collisions)
            Assert.NotNull(_tree.Find("/p/" + name));
        Assert.Equal(65_536, _tree.Find("/p")!.Value.ChildCount);
    }

    [Fact]
    public void A_deep_path_is_walked_without_recursion()
    {
        const int depth = 3000;
        var path = new StringBuilder();
        for (int i = 0; i < depth; i++)
        {
            path.Append("/d");
            if (i % 1000 == 0)
                Assert.Null(_tree.Find(path.ToString()));
            Make(path.ToString());
        }

        Znode deepest = _tree.Find(path.ToString())!.Value;
        Assert.Equal(path.ToString(), deepest.Path);
        Assert.Equal(depth, _tree.CountDescendants(_tree.Find("/d")!.Value) + 1);
        Assert.Equal(depth + 4, _tree.All().Count());
        byte[] bytes = SnapshotBytes.Of(_tree.BeginSnapshot(new Zxid(_zxid), []));
        Assert.Equal(_tree.Digest, SnapshotBytes.Load(bytes, new Zxid(_zxid)).Tree.Digest);
    }

    [Fact]
    public void Much_that_is_created_during_a_snapshot_makes_no_slice_long()
    {
        Make("/p");
        TreeSnapshot snapshot = _tree.BeginSnapshot(new Zxid(_zxid), []);
        for (int i = 0; i < 50_000; i++)
            Make(PathOf(i));
        using var bytes = new FrameBuffer();
        int slices = 1;
        while (snapshot.WriteSlice(bytes, 1600))
            slices++;
        Assert.InRange(slices, 450, 550);
        Assert.Equal(5, SnapshotBytes.Load(bytes.WrittenSpan.ToArray(), snapshot.Zxid).Tree.Count);
    }

    private static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/p/{number:0000000000}");

    private void Make(string path, byte[]? data = null) =>
        Assert.Equal(ErrorCode.Ok, _tree.Create(path, data, AclTable.OpenList, 0, -1, new Zxid(++_zxid), _zxid, out _));

    private void Delete(string path) => Assert.True(_tree.Delete(path, new Zxid(++_zxid), out _));
}
