using System.Diagnostics;
using System.Reactive.Linq;
using Coordination.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Coordination.Recipes.Tests;

/// <summary>What live configuration promises, on whatever server.</summary>
/// <param name="world">Where it runs.</param>
public abstract class ConfigurationContract(RecipeWorld world) : IAsyncLifetime
{
    private const string Root = "/config/contract";
    private static readonly CreateOptions Parents = new() { CreateParents = true };

    private readonly List<IDisposable> _roots = [];
    private ICoordinationClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await world.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        _roots.ForEach(static root => root.Dispose());
        await world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Znodes_become_keys_and_empty_intermediate_ones_do_not()
    {
        await WriteAsync("a/b/c", "1");
        await WriteAsync("a/b", "both");
        await WriteAsync("empty", "");
        await WriteAsync("Zürich", "ü");

        IConfigurationRoot root = await BuildAsync();

        Assert.Equal(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["a:b"] = "both", ["a:b:c"] = "1", ["empty"] = "", ["Zürich"] = "ü" },
            root.AsEnumerable().Where(static p => p.Value is not null).ToDictionary(StringComparer.Ordinal));
    }

    [Fact]
    public async Task New_changed_and_deleted_keys_are_seen()
    {
        await WriteAsync("x", "1");
        IConfigurationRoot root = await BuildAsync();

        await WriteAsync("x", "2");
        await WriteAsync("deep/y", "3");
        await UntilAsync(root, static r => r["x"] == "2" && r["deep:y"] == "3");
        await _client.DeleteAsync($"{Root}/x");
        await UntilAsync(root, static r => r["x"] is null && r["deep:y"] == "3");
    }

    [Fact]
    public async Task A_burst_of_writes_is_one_reload_and_equal_values_are_none()
    {
        await WriteAsync("x", "0");
        var delay = TimeSpan.FromMilliseconds(250);
        IConfigurationRoot root = await BuildAsync(s => s.ReloadDelay = delay);
        int reloads = 0;
        long begin = Stopwatch.GetTimestamp();
        using IDisposable registration = ChangeToken.OnChange(root.GetReloadToken, () => Interlocked.Increment(ref reloads));

        for (int i = 1; i <= 10; i++)
            await WriteAsync("x", $"{i}");
        await UntilAsync(root, static r => r["x"] == "10");
        await WriteAsync("x", "10");
        await WriteAsync("end", "1");
        await UntilAsync(root, static r => r["end"] == "1");

        // One for each delay that passed, however long the writes took on this machine; never one for each write.
        int passed = (int)(Stopwatch.GetElapsedTime(begin) / delay);
        Assert.InRange(reloads, 2, Math.Min(3 + passed, 11));
    }

    [Fact]
    public async Task An_optional_source_starts_empty_and_fills_itself()
    {
        IConfigurationRoot root = await BuildAsync(static s => s.Optional = true);
        Assert.Empty(root.AsEnumerable());

        await WriteAsync("x", "1");

        await UntilAsync(root, static r => r["x"] == "1");
    }

    [Fact]
    public async Task An_absent_root_stops_the_start_unless_it_is_optional()
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => BuildAsync());

        Assert.IsType<ZnodeNotFoundException>(refused.InnerException);
    }

    [Fact]
    public async Task A_json_document_is_flattened()
    {
        await _client.CreateAsync(Root, """{"a":{"b":[1,"two",true]},"n":null}"""u8.ToArray(), Parents);

        IConfigurationRoot root = await BuildAsync(static s => s.Layout = ConfigurationLayout.JsonDocument);

        Assert.Equal(("1", "two", "True"), (root["a:b:0"], root["a:b:1"], root["a:b:2"]));
    }

    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\udfff\":1}")]
    [InlineData("[1]")]
    [InlineData("{")]
    public async Task A_document_that_is_none_is_survived_and_the_next_one_is_read(string hostile)
    {
        await _client.CreateAsync(Root, "{\"a\":\"1\"}"u8.ToArray(), Parents);
        IConfigurationRoot root = await BuildAsync(static s => s.Layout = ConfigurationLayout.JsonDocument);
        await _client.SetAsync(Root, System.Text.Encoding.UTF8.GetBytes(hostile));

        // Long enough for the broken one to have been read; the next one is read in any case.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal("1", root["a"]);
        await _client.SetAsync(Root, "{\"a\":\"2\"}"u8.ToArray());
        await RecipeWorld.UntilAsync(() => Task.FromResult(root["a"] == "2"), "the good document is read");
    }

    [Fact]
    public async Task Options_are_observed_by_value()
    {
        await WriteAsync("Prices/Vat", "19");
        await WriteAsync("Prices/Names/0", "a");
        IConfigurationRoot root = await BuildAsync();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IConfiguration>(root)
            .Configure<Prices>(o => root.GetSection("Prices").Bind(o))
            .AddSingleton<IOptionsChangeTokenSource<Prices>>(new ConfigurationChangeTokenSource<Prices>(root))
            .AddCoordinationLiveOptions()
            .BuildServiceProvider();
        var seen = new List<int>();
        using IDisposable subscription = services.GetRequiredService<IOptionsMonitor<Prices>>().Observe().Subscribe(p =>
        {
            lock (seen)
                seen.Add(p.Vat);
        });

        await WriteAsync("other", "1");
        await UntilAsync(root, static r => r["other"] == "1");
        await WriteAsync("Prices/Vat", "no number");
        await UntilAsync(root, static r => r["Prices:Vat"] == "no number");
        await WriteAsync("Prices/Vat", "20");

        await RecipeWorld.UntilAsync(() => Task.FromResult(Last() == 20), "the new value is observed");
        Assert.Equal([19, 20], seen);

        int Last()
        {
            lock (seen)
                return seen[^1];
        }
    }

    [Fact]
    public async Task An_options_object_never_mixes_two_snapshots()
    {
        await WriteAsync("low", "0");
        await WriteAsync("high", "0");
        IConfigurationRoot root = await BuildAsync(static s => s.ReloadDelay = TimeSpan.FromMilliseconds(1));
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IConfiguration>(root)
            .Configure<Pair>(o => (o.Low, o.High) = (int.Parse(root["low"]!), int.Parse(root["high"]!)))
            .AddCoordinationLiveOptions()
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IOptionsFactory<Pair>>();
        Task writing = Task.Run(async () =>
        {
            for (int i = 1; i <= 200; i++)
            {
                byte[] value = System.Text.Encoding.UTF8.GetBytes($"{i}");
                await _client.BeginTransaction().Set($"{Root}/low", value).Set($"{Root}/high", value).CommitAsync();
            }
        });

        Pair pair;
        do
        {
            pair = factory.Create(Options.DefaultName);
            Assert.Equal(pair.Low, pair.High);
            await Task.Yield();
        }
        while (!writing.IsCompleted || pair.Low < 200);

        await writing;
    }

    [Fact]
    public async Task The_last_known_values_serve_when_no_server_answers()
    {
        using var directory = new Coordination.Testing.TempDirectory("fallback-");
        string file = directory.Combine("values.json");
        await WriteAsync("x", "1");
        await BuildAsync(s => s.FallbackFile = file);

        var source = new CoordinationConfigurationSource { ConnectionString = "127.0.0.1:1", Root = Root, FallbackFile = file, ConnectTimeout = TimeSpan.FromMilliseconds(200) };
        IConfigurationRoot root = new ConfigurationBuilder().Add(source).Build();
        _roots.Add((IDisposable)root);

        Assert.Equal("1", root["x"]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Without_a_server_the_start_fails_in_time_and_says_what_to_do()
    {
        var source = new CoordinationConfigurationSource { ConnectionString = "127.0.0.1:1", Root = Root, ConnectTimeout = TimeSpan.FromMilliseconds(200) };

        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => new ConfigurationBuilder().Add(source).Build());

        Assert.Contains("127.0.0.1:1", failure.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(source.Optional), failure.Message, StringComparison.Ordinal);
    }

    private static Task UntilAsync(IConfigurationRoot root, Func<IConfiguration, bool> condition) =>
        RecipeWorld.UntilAsync(() => Task.FromResult(condition(root)), "the configuration has the new values");

    private async Task WriteAsync(string key, string value)
    {
        byte[] data = System.Text.Encoding.UTF8.GetBytes(value);
        try
        {
            await _client.CreateAsync($"{Root}/{key}", data, Parents);
        }
        catch (ZnodeExistsException)
        {
            await _client.SetAsync($"{Root}/{key}", data);
        }
    }

    private async Task<IConfigurationRoot> BuildAsync(Action<CoordinationConfigurationSource>? configure = null)
    {
        ICoordinationClient client = await world.ConnectAsync();
        var source = new CoordinationConfigurationSource { Root = Root, ReloadDelay = TimeSpan.FromMilliseconds(20), ClientFactory = _ => client };
        configure?.Invoke(source);
        IConfigurationRoot root = await Task.Run(() => new ConfigurationBuilder().Add(source).Build());
        _roots.Add((IDisposable)root);
        return root;
    }

    private sealed class Prices
    {
        public int Vat { get; set; }

        public IList<string> Names { get; } = [];
    }

    private sealed class Pair
    {
        public int Low { get; set; }

        public int High { get; set; }
    }
}

public sealed class ConfigurationInMemoryTests() : ConfigurationContract(new FakeWorld());

public sealed class ConfigurationOnEmbeddedServerTests() : ConfigurationContract(new EmbeddedWorld());

public sealed class ConfigurationOnApacheTests(ApacheFixture apache) : ConfigurationContract(new ApacheWorld(apache)), IClassFixture<ApacheFixture>;
