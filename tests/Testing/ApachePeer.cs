using System.Net.Sockets;

namespace Coordination.Testing;

/// <summary>How a member of an Apache ensemble is to be started.</summary>
public sealed record ApachePeerOptions
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Its client port.</summary>
    public required int ClientPort { get; init; }

    /// <summary>The lines <c>server.N=…</c> of all members, and of groups and weights.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Lines for <c>zoo.cfg</c> on top of the usual ones, by key.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>System properties (<c>-Dname=value</c>).</summary>
    public IReadOnlyDictionary<string, string> SystemProperties { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// Apache ZooKeeper's own server as a member of an ensemble, in a process of its own on loopback. It is started without waiting for it to
/// serve: that takes a quorum.
/// </summary>
public sealed class ApachePeer : IAsyncDisposable
{
    private readonly TempDirectory _home = new("apache-");
    private readonly ApachePeerOptions _options;
    private RunningProcess? _process;

    private ApachePeer(ApachePeerOptions options) => _options = options;

    /// <summary>The running process.</summary>
    /// <exception cref="InvalidOperationException">The server is stopped.</exception>
    public RunningProcess Process => _process ?? throw new InvalidOperationException("The server is stopped.");

    /// <summary>Where snapshots and logs are (below <c>version-2</c>), and <c>myid</c>.</summary>
    public string DataDirectory => _home.Combine("data");

    /// <summary>Starts a member. Skips the test if Apache is not installed.</summary>
    /// <param name="options">Who it is.</param>
    /// <returns>The starting server.</returns>
    public static ApachePeer Start(ApachePeerOptions options)
    {
        Peers.Require(Peer.Apache);
        ApachePeer peer = new(options);
        Directory.CreateDirectory(peer.DataDirectory);
        File.WriteAllText(Path.Combine(peer.DataDirectory, "myid"), $"{options.Id}\n");
        peer.Restart();
        return peer;
    }

    /// <summary>Starts a killed member again, on its data.</summary>
    public void Restart() => _process = RunningProcess.Start(
        Peers.Java,
        [
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            "-Dzookeeper.admin.enableServer=false",
            "-Dzookeeper.4lw.commands.whitelist=*",
            "-Dzookeeper.preAllocSize=1024",
            .. _options.SystemProperties.Select(static pair => $"-D{pair.Key}={pair.Value}"),
            "-cp",
            Peers.ZooKeeperClassPath,
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            WriteConfiguration(),
        ],
        new ProcessOptions { WorkingDirectory = _home.Path });

    /// <summary>Kills it at once (SIGKILL) and waits for its end.</summary>
    /// <returns>A task that completes when the process is gone.</returns>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
            await process.DisposeAsync();
    }

    /// <summary>Waits until the word <c>srvr</c> names a mode.</summary>
    /// <param name="mode">For example <c>leader</c>.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <returns>Whether it came to be in that mode in time.</returns>
    public async Task<bool> IsInModeAsync(string mode, TimeSpan timeout)
    {
        using CancellationTokenSource limit = new(timeout);
        try
        {
            while (!(await AskAsync("srvr", limit.Token)).Contains($"Mode: {mode}", StringComparison.Ordinal))
                await Task.Delay(100, limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What it has said, for messages about failures.</summary>
    /// <returns>Its number and its output.</returns>
    public override string ToString() => $"server.{_options.Id}\n{_process?.Output}\n{_process?.Error}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _home.Dispose();
    }

    private async Task<string> AskAsync(string word, CancellationToken cancellationToken)
    {
        try
        {
            return await FourLetterWord.AskAsync(_options.ClientPort, word, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return exception.Message;
        }
    }

    private string WriteConfiguration()
    {
        Dictionary<string, string> lines = new(StringComparer.Ordinal)
        {
            ["dataDir"] = DataDirectory,
            ["clientPort"] = $"{_options.ClientPort}",
            ["clientPortAddress"] = "127.0.0.1",
            ["tickTime"] = "500",
            ["initLimit"] = "20",
            ["syncLimit"] = "10",
            ["maxClientCnxns"] = "0",
        };
        foreach ((string key, string value) in _options.Configuration)
            lines[key] = value;
        string file = _home.Combine("zoo.cfg");
        File.WriteAllText(file, string.Concat(lines.Select(static pair => $"{pair.Key}={pair.Value}\n")) + string.Concat(_options.Members.Select(static line => line + "\n")));
        return file;
    }
}
