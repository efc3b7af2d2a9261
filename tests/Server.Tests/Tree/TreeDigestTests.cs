using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

public sealed class TreeDigestTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("a", 0xE8B7BE43u)]
    [InlineData("123456789", 0xCBF43926u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339u)]
    public void Crc32_is_that_of_zlib(string text, uint expected) =>
        Assert.Equal(expected, Crc32.Append(0, Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Crc32_may_be_continued_at_any_place()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("The quick brown fox jumps over the lazy dog");
        for (int cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(0x414FA339u, Crc32.Append(Crc32.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    [Fact]
    public void A_fresh_tree_has_the_digest_of_Apaches() => Assert.Equal(1371985504ul, new DataTree().Digest);

    [Fact]
    public void A_create_gives_the_digest_of_Apaches()
    {
        var tree = new DataTree();
        ErrorCode error = tree.Create("/a", "hello"u8.ToArray(), AclTable.OpenList, 0, 1, new Zxid(2), 1795160086030, out _);
        Assert.Equal(ErrorCode.Ok, error);
        Assert.Equal(3907538272ul, tree.Digest);
    }

    [Fact]
    public void What_lies_below_zookeeper_does_not_count_and_a_long_path_does()
    {
        var tree = new DataTree();
        ulong before = tree.Digest;
        tree.SetData("/zookeeper/quota", [1, 2, 3], 1, new Zxid(9), 9);
        Assert.Equal(before, tree.Digest);
        tree.Create("/" + new string('ü', 2000), null, AclTable.OpenList, 0, 1, new Zxid(10), 9, out _);
        Assert.NotEqual(before, tree.Digest);
    }

    [Fact]
    public void Undoing_a_create_leaves_only_the_parents_new_numbers_in_the_digest()
    {
        var left = new DataTree();
        left.Create("/a", [1], AclTable.OpenList, 0, 1, new Zxid(1), 1, out _);
        left.Delete("/a", new Zxid(2), out _);
        var right = new DataTree();
        right.Create("/b", [2, 3], AclTable.OpenList, 0, 1, new Zxid(1), 1, out _);
        right.Delete("/b", new Zxid(2), out _);
        Assert.Equal(left.Digest, right.Digest);
        Assert.NotEqual(new DataTree().Digest, left.Digest);
    }
}
