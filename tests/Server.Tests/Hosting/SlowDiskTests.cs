using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A slow disk is told of, with figures an operator can act upon.</summary>
public sealed class SlowDiskTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_sync_is_told_with_what_it_wrote(bool onThread)
    {
        FailingDisk disk = new();
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.Sync = onThread ? Server.Hosting.SyncStrategy.Thread : Server.Hosting.SyncStrategy.InPlace;
        options.SlowSyncThreshold = TimeSpan.FromMilliseconds(40);
        await using TestServer server = await TestServer.StartAsync(options, disk);
        using RawClient client = await server.ConnectAsync();
        disk.Delay = () => 50;
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", new byte[1000])).Header.Error);

        // The opening of the session may have been slow as well, on a busy machine.
        string told = Assert.Single(
            server.Log, static line => line.StartsWith("400 ", StringComparison.Ordinal) && BytesOf(line) >= 1000);
        Assert.Contains("for 1 transactions of ", told, StringComparison.Ordinal);
        Assert.EndsWith(" bytes; 0 bytes wait behind it", told.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sync_within_the_threshold_is_no_news()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.SlowSyncThreshold = TimeSpan.FromHours(1);
        await using TestServer server = await TestServer.StartAsync(options, new FailingDisk { Delay = static () => 50 });
        using RawClient client = await server.ConnectAsync();
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1])).Header.Error);
        Assert.DoesNotContain(server.Log, static line => line.StartsWith("400 ", StringComparison.Ordinal));
    }

    private static int BytesOf(string line) =>
        int.Parse(line.Split(" transactions of ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
}
