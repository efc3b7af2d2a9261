using System.Text;
using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>An answer of many megabytes holds up nobody, and is complete.</summary>
public sealed class LongAnswerTests : IDisposable
{
    private const int Sessions = 4;
    private const int WatchesEach = 25_000;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("wchp", Sessions * WatchesEach * 2)]
    [InlineData("wchc", Sessions * (WatchesEach + 1))]
    public async Task Others_are_served_while_an_asker_of_every_watch_does_not_read(string word, int lines)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string> { "*" };
        options.MaxUnreadBytes = 1 << 20;
        await using TestServer server = await TestServer.StartAsync(options);
        List<RawClient> watching = [];
        for (int i = 0; i < Sessions; i++)
            watching.Add(await server.ConnectAsync());
        await server.Host.CallAsync(static (replica, _) => Watch(replica));

        using RawClient asker = await RawClient.DialAsync(server.Endpoint, receiveBuffer: 16 << 10);
        await asker.SendBytesAsync(Encoding.ASCII.GetBytes(word));
        for (int i = 0; i < 20; i++)
            Assert.Equal(ErrorCode.Ok, (await watching[0].CreateAsync($"/n{i}", [])).Header.Error);

        string answer = Encoding.UTF8.GetString(await asker.ReadToEndAsync());
        Assert.EndsWith("\n\n", answer, StringComparison.Ordinal);
        Assert.Equal(lines, answer.Count(static c => c == '\n') - 1);
        watching.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task A_walk_over_watches_survives_their_removal_between_two_slices()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string> { "*" };
        await using TestServer server = await TestServer.StartAsync(options);
        RawClient watching = await server.ConnectAsync();
        using RawClient other = await server.ConnectAsync();
        await server.Host.CallAsync(static (replica, _) => Watch(replica));
        foreach (string word in (string[])["wchp", "wchc", "dump", "cons"])
        {
            using RawClient asker = await RawClient.DialAsync(server.Endpoint, receiveBuffer: 16 << 10);
            await asker.SendBytesAsync(Encoding.ASCII.GetBytes(word));
            watching.Dispose();
            Assert.Equal(ErrorCode.Ok, (await other.CreateAsync($"/{word}", [])).Header.Error);
            Assert.NotEmpty(await asker.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task A_mask_that_arrives_in_two_parts_is_waited_for()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string> { "stmk", "gtmk" };
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient first = await RawClient.DialAsync(server.Endpoint);
        await first.SendBytesAsync("stmk\0\0"u8.ToArray());
        using RawClient other = await server.ConnectAsync();
        await first.SendBytesAsync(new byte[] { 0, 0, 0, 0, 1, 0 });
        Assert.Equal("256", Encoding.ASCII.GetString(await first.ReadToEndAsync()));

        using RawClient cut = await RawClient.DialAsync(server.Endpoint);
        await cut.SendBytesAsync("stmk\0\0"u8.ToArray());
        cut.HalfClose();
        Assert.Empty(await cut.ReadToEndAsync());
    }

    private static int Watch(Replica replica)
    {
        foreach ((int number, ClientLink link) in replica.Links.Index())
        {
            for (int i = 0; i < WatchesEach; i++)
                Assert.True(replica.State.Watches!.AddData(link, $"/a/watched/path/of/some/length/{number}/{i:d9}"));
        }

        return replica.State.Watches!.Count;
    }
}
