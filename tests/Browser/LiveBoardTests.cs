using System.Diagnostics;
using Coordination.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Coordination.Browser.Tests;

/// <summary>What the README promises of the sample: every test starts one board with a server and two that join it.</summary>
public sealed class LiveBoardTests(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    private readonly TempDirectory _directory = new("liveboard-");
    private IBrowserContext? _browser;
    private Board[] _boards = [];

    private Board Host => _boards[0];

    public async ValueTask InitializeAsync()
    {
        _browser = await chromium.NewContextAsync();
        Board host = await Board.HostAsync(_browser, _directory.Combine("data"));
        _boards = [host];
        Board[] joined = await Task.WhenAll(Board.JoinAsync(_browser, host.Server), Board.JoinAsync(_browser, host.Server));
        _boards = [host, .. joined];
        foreach (Board board in _boards)
            await board.SeesInstancesAsync(3);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Board board in _boards.Reverse())
            await board.DisposeAsync();
        if (_browser is not null)
            await _browser.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_page_shows_its_session_the_leader_and_all_instances()
    {
        foreach (Board board in _boards)
        {
            await board.SeesAsync("instance", board.Name);
            await board.SeesAsync("session-state", "Connected");
            await Expect(board["session-id"]).ToContainTextAsync("0x");
            await board.SeesAsync("timeout", "6.0 s");
            await Expect(board["participants"].Locator("li")).ToHaveCountAsync(3);
            foreach (Board other in _boards)
                await Expect(board["instances"].Locator($"tr[data-instance={other.Name}]")).ToHaveCountAsync(1);
        }

        Board leader = await LeaderAsync();
        foreach (Board board in _boards)
            await board.SeesAsync("leader", leader.Name);
    }

    [Fact]
    public async Task An_edited_value_reaches_every_page()
    {
        await _boards[1]["motto-input"].FillAsync("Hello from the second one");
        await _boards[1]["motto-form"].Locator("button").ClickAsync();
        foreach (Board board in _boards)
            await board.SeesAsync("motto", "Hello from the second one");

        await Host["motto-input"].FillAsync("and from the first");
        await Host["motto-input"].PressAsync("Enter");
        foreach (Board board in _boards)
            await board.SeesAsync("motto", "and from the first");
    }

    [Fact]
    public async Task The_lock_is_held_by_one_and_passes_on_in_order()
    {
        await _boards[1].ClickAsync("take");
        await _boards[1].SeesAsync("lock-badge", "Held");
        await _boards[2].ClickAsync("take");
        await _boards[2].SeesAsync("lock-badge", "Waiting");
        await Host.SeesAsync("holder", _boards[1].Name);
        await Expect(Host["waiters"].Locator("li")).ToHaveTextAsync([_boards[1].Name, _boards[2].Name]);
        await TakePictureAsync();

        await _boards[1].ClickAsync("release");
        await _boards[2].SeesAsync("lock-badge", "Held");
        await _boards[1].SeesAsync("lock-badge", "Idle");
        await _boards[2].ClickAsync("release");
        foreach (Board board in _boards)
            await board.SeesAsync("holder", "free");
    }

    [Fact]
    public async Task Resigning_moves_the_leadership()
    {
        Board leader = await LeaderAsync();
        await leader.ClickAsync("resign");
        foreach (Board board in _boards)
            await Expect(board["leader"]).Not.ToHaveTextAsync(leader.Name);
        await leader.SeesAsync("leader-badge", "follows");
        Board next = await LeaderAsync();
        Assert.NotEqual(leader.Name, next.Name);
    }

    [Fact]
    public async Task Killing_a_joined_leader_moves_the_leadership_within_10_seconds()
    {
        Board leader = await LeaderAsync();
        if (leader == Host)
        {
            await leader.ClickAsync("resign");
            await leader.SeesAsync("leader-badge", "follows");
            leader = await LeaderAsync();
        }

        Assert.NotEqual(Host.Name, leader.Name);
        await Host.SeesAsync("leader", leader.Name);
        long killedAt = Stopwatch.GetTimestamp();
        await leader.KillAsync();
        await Expect(Host["leader"]).Not.ToHaveTextAsync(leader.Name);
        await Host.SeesInstancesAsync(2);
        Assert.InRange(Stopwatch.GetElapsedTime(killedAt).TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task A_closed_instance_leaves_the_list_at_once()
    {
        long stoppedAt = Stopwatch.GetTimestamp();
        int exitCode = await _boards[2].StopAsync();
        await Host.SeesInstancesAsync(2);
        await _boards[1].SeesInstancesAsync(2);
        Assert.Equal(0, exitCode);
        // Withdrawn, not expired: well below the session timeout.
        Assert.InRange(Stopwatch.GetElapsedTime(stoppedAt).TotalSeconds, 0, 5);
    }

    /// <summary>The board that says of itself that it leads.</summary>
    private async Task<Board> LeaderAsync()
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            foreach (Board board in _boards)
            {
                if (await board["leader-badge"].TextContentAsync() == "this one leads")
                    return board;
            }

            await _boards[0].Page.WaitForTimeoutAsync(100);
        }

        throw new InvalidOperationException("Nobody leads.");
    }

    private async Task TakePictureAsync()
    {
        await Host["motto-input"].FillAsync("Ship small, ship often");
        await Host["motto-input"].PressAsync("Enter");
        await Host.SeesAsync("motto", "Ship small, ship often");
        string picture = _directory.Combine("liveboard.png");
        await Host.Page.ScreenshotAsync(new PageScreenshotOptions { Path = picture, FullPage = true });
        Assert.True(new FileInfo(picture).Length > 10_000, "The picture is empty.");
        if (Environment.GetEnvironmentVariable("COORDINATION_SAVE_PICTURE") == "1")
            File.Copy(picture, Board.RepositoryFile("docs", "images", "liveboard.png"), overwrite: true);
    }
}
