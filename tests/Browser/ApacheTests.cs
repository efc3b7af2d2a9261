using Coordination.Testing;
using Microsoft.Playwright;

namespace Coordination.Browser.Tests;

/// <summary>The same application against Apache ZooKeeper.</summary>
public sealed class ApacheTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Boards_that_join_an_Apache_server_work_the_same()
    {
        await using ApacheServer apache = await ApacheServer.StartAsync();
        await using IBrowserContext browser = await chromium.NewContextAsync();
        await using Board first = await Board.JoinAsync(browser, apache.ConnectionString);
        await using Board second = await Board.JoinAsync(browser, apache.ConnectionString);
        await first.SeesInstancesAsync(2);
        await second.SeesInstancesAsync(2);

        await second["motto-input"].FillAsync("Two languages, one tree");
        await second["motto-input"].PressAsync("Enter");
        await first.SeesAsync("motto", "Two languages, one tree");

        await first.ClickAsync("take");
        await second.SeesAsync("holder", first.Name);
        await second.ClickAsync("take");
        await second.SeesAsync("lock-badge", "Waiting");
        await first.ClickAsync("release");
        await second.SeesAsync("lock-badge", "Held");

        await first.SeesAsync("leader", (await second["leader"].TextContentAsync())!);
        Board leader = await first["leader-badge"].TextContentAsync() == "this one leads" ? first : second;
        Board other = leader == first ? second : first;
        await leader.ClickAsync("resign");
        await leader.SeesAsync("leader", other.Name);
    }
}
