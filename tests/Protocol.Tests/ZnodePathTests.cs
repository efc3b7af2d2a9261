namespace Coordination.Protocol.Tests;

/// <summary>The rules of Apache's PathUtils, one row each.</summary>
public sealed class ZnodePathTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("/a/b/c")]
    [InlineData("/.a")]
    [InlineData("/...")]
    [InlineData("/a../b")]
    [InlineData("/a b")]
    [InlineData("/\u0020")]
    [InlineData("/\u007e")]
    [InlineData("/\u00a0")]
    [InlineData("/\ud7ff")]
    [InlineData("/\uf900")]
    [InlineData("/\uffef")]
    public void A_valid_path_is_kept_as_it_is(string path)
    {
        Assert.Null(ZnodePath.Violation(path));
        Assert.Equal(path, new ZnodePath(path).Value);
        Assert.True(ZnodePath.TryParse(path, null, out ZnodePath parsed));
        Assert.Equal(path, parsed.ToString());
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData("a", "does not begin")]
    [InlineData("a/b", "does not begin")]
    [InlineData("/a/", "ends with")]
    [InlineData("//", "ends with")]
    [InlineData("//a", "empty element at position 1")]
    [InlineData("/a//b", "empty element at position 3")]
    [InlineData("/.", "relative element '.'")]
    [InlineData("/..", "relative element '..'")]
    [InlineData("/a/./b", "relative element '.'")]
    [InlineData("/a/../b", "relative element '..'")]
    [InlineData("/a\0", "U+0000 at position 2")]
    [InlineData("/\u0001", "U+0001")]
    [InlineData("/\u001f", "U+001F")]
    [InlineData("/\u007f", "U+007F")]
    [InlineData("/\u009f", "U+009F")]
    [InlineData("/\ue000", "U+E000")]
    [InlineData("/\uf8ff", "U+F8FF")]
    [InlineData("/\ufff0", "U+FFF0")]
    [InlineData("/\uffff", "U+FFFF")]
    [InlineData("/\U0001f600", "U+D83D")]
    public void An_invalid_path_is_refused_with_the_reason(string? path, string reason)
    {
        Assert.Contains(reason, ZnodePath.Violation(path), StringComparison.Ordinal);
        Assert.False(ZnodePath.TryParse(path, null, out _));
        if (path is not null)
            Assert.Contains(reason, Assert.Throws<ArgumentException>(() => new ZnodePath(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_value_is_the_root()
    {
        Assert.Equal(ZnodePath.Root, default);
        Assert.Equal(ZnodePath.Root.GetHashCode(), default(ZnodePath).GetHashCode());
        Assert.True(default(ZnodePath).IsRoot);
    }

    [Theory]
    [InlineData("/a", "/", "a")]
    [InlineData("/a/b", "/a", "b")]
    [InlineData("/a/b/c", "/a/b", "c")]
    public void Parent_and_name_split_a_path(string path, string parent, string name)
    {
        Assert.Equal(parent, new ZnodePath(path).Parent.Value);
        Assert.Equal(name, new ZnodePath(path).Name);
        Assert.Equal(path, (new ZnodePath(parent) / name).Value);
    }

    [Fact]
    public void The_root_has_no_parent_and_no_name()
    {
        Assert.Equal("", ZnodePath.Root.Name);
        Assert.Throws<InvalidOperationException>(() => ZnodePath.Root.Parent);
    }

    [Fact]
    public void A_child_is_validated_with_its_parent()
    {
        Assert.Equal("/a/b/c", new ZnodePath("/a").Child("/b/c").Value);
        Assert.Throws<ArgumentException>(() => new ZnodePath("/a").Child(""));
        Assert.Throws<ArgumentException>(() => new ZnodePath("/a").Child(".."));
    }

    [Theory]
    [InlineData("/a", "/", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/a/b", false)]
    public void At_or_below_looks_at_whole_elements(string path, string ancestor, bool expected) =>
        Assert.Equal(expected, new ZnodePath(path).IsAtOrBelow(ancestor));
}
