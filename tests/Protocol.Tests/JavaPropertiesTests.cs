namespace Coordination.Protocol.Tests;

/// <summary>The syntax of configurations.</summary>
public sealed class JavaPropertiesTests
{
    [Fact]
    public void Properties_are_read_as_Java_reads_them()
    {
        IReadOnlyList<PropertyEntry> entries = JavaProperties.Parse("! c\n\n a\\=b = c\\\n   d\\u0041\\n \r\nlast\\\\=x\nempty\n");
        Assert.Equal([new("a=b", "cdA", 3), new("last\\", "x", 5), new("empty", "", 6)], entries);
    }

    [Theory]
    [InlineData("a=b\\", "b")]
    [InlineData("a=b\\\\", "b\\")]
    [InlineData("a=\\\n\\\n  b", "b")]
    public void A_line_goes_on_behind_an_odd_number_of_backslashes(string text, string value) =>
        Assert.Equal([new("a", value, 1)], JavaProperties.Parse(text));

    /// <summary>A peer may send half a megabyte; joining it piece by piece would take gigabytes of copies.</summary>
    [Fact]
    public void A_line_of_a_hundred_thousand_pieces_is_read_in_passing()
    {
        string text = "a=" + string.Concat(Enumerable.Repeat("x\\\n", 100_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        PropertyEntry entry = Assert.Single(JavaProperties.Parse(text));
        Assert.Equal(100_000, entry.Value.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
