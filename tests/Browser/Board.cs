using Coordination.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Coordination.Browser.Tests;

/// <summary>One LiveBoard process and its page in the browser.</summary>
internal sealed class Board : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly RunningProcess _process;

    private Board(RunningProcess process, string server, IPage page)
    {
        _process = process;
        Server = server;
        Page = page;
    }

    /// <summary>Host and port of the coordination server it uses.</summary>
    public string Server { get; }

    public IPage Page { get; }

    /// <summary>The name under which all boards show this instance.</summary>
    public string Name => $"board-{_process.Id}";

    public ILocator this[string id] => Page.Locator($"#{id}");

    /// <summary>Starts a board with a server of its own.</summary>
    public static Task<Board> HostAsync(IBrowserContext browser, string directory) =>
        StartAsync(browser, "--port", "0", "--data", directory);

    /// <summary>Starts a board that joins a server.</summary>
    public static Task<Board> JoinAsync(IBrowserContext browser, string server) => StartAsync(browser, "--connect", server);

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Ends the process as Ctrl+C does; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await _process.StopAsync(TimeSpan.FromSeconds(20));
        return _process.ExitCode;
    }

    public Task ClickAsync(string id) => this[id].ClickAsync();

    public Task SeesAsync(string id, string text) => Expect(this[id]).ToHaveTextAsync(text);

    public Task SeesInstancesAsync(int count) => Expect(this["instances"].Locator("tr")).ToHaveCountAsync(count);

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        await _process.DisposeAsync();
    }

    private static async Task<Board> StartAsync(IBrowserContext browser, params string[] arguments)
    {
        RunningProcess process = RunningProcess.Start("dotnet", [Assembly(), "--urls", "http://127.0.0.1:0", .. arguments]);
        try
        {
            string line = await process.WaitForLineAsync(text => text.StartsWith("LiveBoard:", StringComparison.Ordinal), StartTimeout);
            string[] words = line.Split(' ');
            IPage page = await browser.NewPageAsync();
            await page.GotoAsync(words[1]);
            return new Board(process, words[^1], page);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static string Assembly()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        DirectoryInfo root = output;
        while (!File.Exists(Path.Combine(root.FullName, "Recipes.sln")))
            root = root.Parent ?? throw new DirectoryNotFoundException("Recipes.sln stands in no parent directory.");
        return Path.Combine(root.FullName, "samples", "LiveBoard", "bin", output.Parent!.Name, output.Name, "LiveBoard.dll");
    }

    public static string RepositoryFile(params string[] segments)
    {
        string assembly = Assembly();
        string root = assembly[..assembly.IndexOf("/samples/LiveBoard/", StringComparison.Ordinal)];
        return Path.Combine([root, .. segments]);
    }
}
