namespace Coordination.Recipes.Tests;

public sealed class LockNameTests
{
    [Theory]
    [InlineData("orders", "/locks/orders")]
    [InlineData("orders/4711", "/locks/orders/4711")]
    [InlineData("a/../../b", "/locks/a/%2E%2E/%2E%2E/b")]
    [InlineData(".", "/locks/%2E")]
    [InlineData("a//b", "/locks/a/%/b")]
    [InlineData("/a", "/locks/%/a")]
    [InlineData("50%", "/locks/50%25")]
    [InlineData("a\tb", "/locks/a%09b")]
    [InlineData("\U0001F512", "/locks/%F0%9F%94%92")]
    [InlineData("Zürich", "/locks/Zürich")]
    public void A_name_becomes_a_path_below_the_base(string name, string path) =>
        Assert.Equal(path, LockName.ToPath("/locks", name).Value);

    [Theory]
    [InlineData("_c_8b8f9c0e-0000-0000-0000-000000000000-lock-0000000042", true, 42)]
    [InlineData("lock-0000000007", true, 7)]
    [InlineData("0123lock-2147483647", true, int.MaxValue)]
    [InlineData("x-lock--2147483648", true, int.MinValue)]
    [InlineData("a-lock-b-lock-0000000001", true, 1)]
    [InlineData("lock-", false, 0)]
    [InlineData("lock-1", false, 0)]
    [InlineData("lock-00000000001", false, 0)]
    [InlineData("lock-+000000001", false, 0)]
    [InlineData("latch-0000000001", false, 0)]
    public void The_number_stands_after_the_last_base(string name, bool contender, int sequence)
    {
        Assert.Equal(contender, ContenderName.TryGetSequence(name, "lock-", out int read));
        Assert.Equal(sequence, read);
    }

    [Fact]
    public void Numbers_are_ordered_across_the_overflow()
    {
        Assert.True(ContenderName.Distance(int.MaxValue, int.MinValue) < 0);
        Assert.True(ContenderName.Distance(int.MinValue, int.MaxValue) > 0);
        Assert.Equal(0, ContenderName.Distance(5, 5));
    }
}
