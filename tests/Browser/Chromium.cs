using Coordination.Testing;
using Microsoft.Playwright;

namespace Coordination.Browser.Tests;

/// <summary>Debian's Chromium without a screen, offline apart from loopback.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!Peers.Has(Peer.Chromium))
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Peers.Chromium,
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
        Assertions.SetDefaultExpectTimeout(20_000);
    }

    /// <summary>A fresh profile.</summary>
    public async Task<IBrowserContext> NewContextAsync()
    {
        Peers.Require(Peer.Chromium);
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 1180, Height = 900 },
            ColorScheme = ColorScheme.Light,
            DeviceScaleFactor = 1.5f,
        });
        context.SetDefaultTimeout(20_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}
