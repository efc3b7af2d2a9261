namespace Coordination.Compatibility.Tests.Words;

/// <summary>The words that change something for all who ask after them.</summary>
public sealed class ResetWordsTests(WordServers servers) : IClassFixture<WordServers>
{
    [Fact]
    public async Task After_a_reset_both_servers_show_the_same_beginning()
    {
        foreach (string word in (string[])["crst", "srst"])
            Assert.Equal(await servers.Theirs.AskPlainlyAsync(word), await servers.Ours.AskPlainlyAsync(word));
        Assert.Equal(
            FourLetterWordsTests.Sorted(FourLetterWordsTests.Uncounted(await servers.Theirs.AskPlainlyAsync("stat"))),
            FourLetterWordsTests.Sorted(FourLetterWordsTests.Uncounted(await servers.Ours.AskPlainlyAsync("stat"))));
        Assert.Equal(
            FourLetterWordsTests.Sorted(await servers.Theirs.AskPlainlyAsync("cons")),
            FourLetterWordsTests.Sorted(await servers.Ours.AskPlainlyAsync("cons")));
        Assert.Contains("lop=NA,", await servers.Ours.AskPlainlyAsync("cons"), StringComparison.Ordinal);
    }
}
