using System.Text;
using Coordination.Server.Slabs;

namespace Coordination.Server.Tests.Slabs;

public sealed class CompactTextTests
{
    private static readonly string[] Texts =
    [
        "", "a", "b", "0000000123", "ä", "aä", "é", "e\u0301", "日本", "日本語", "😀", "😀😀", "x😀", new string('a', 400), new string('ä', 400),
        new string('語', 301) + "x", new string('語', 301) + "y",
    ];

    [Fact]
    public void Texts_are_equal_to_their_own_bytes_and_to_no_others()
    {
        foreach (string left in Texts)
        {
            byte[] bytes = CompactText.ToBytes(left);
            Assert.Equal(Encoding.UTF8.GetBytes(left), bytes);
            foreach (string right in Texts)
                Assert.Equal(left == right, CompactText.Equals(bytes, right));
        }
    }
}
