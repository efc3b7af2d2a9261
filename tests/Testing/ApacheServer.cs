using System.Net.Sockets;
using System.Text;

namespace Coordination.Testing;

/// <summary>How an Apache server is to be started.</summary>
public sealed record ApacheServerOptions
{
    /// <summary>Milliseconds per tick. Sessions may last 2 to 20 ticks and expire on a grid of one tick.</summary>
    public int TickTime { get; init; } = 500;

    /// <summary>Lines for <c>zoo.cfg</c> on top of the usual ones, by key.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>Java system properties, for example <c>zookeeper.extendedTypesEnabled</c>.</summary>
    public IReadOnlyDictionary<string, string> SystemProperties { get; init; } = new Dictionary<string, string>();

    /// <summary>A data directory to open; null for a fresh one that is deleted with the server.</summary>
    public string? DataDirectory { get; init; }
}

/// <summary>
/// Apache ZooKeeper's own standalone server on a free loopback port. All four-letter words answer, extended node types are on,
/// sessions between 1 tick and 60 s are granted.
/// </summary>
public sealed class ApacheServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly ApacheServerOptions _options;
    private readonly TempDirectory _home = new("apache-");
    private RunningProcess? _process;

    private ApacheServer(ApacheServerOptions options)
    {
        _options = options;
        DataDirectory = options.DataDirectory ?? _home.Combine("data");
        Directory.CreateDirectory(DataDirectory);
    }

    /// <summary>The client port; it stays the same over restarts.</summary>
    public int Port { get; private set; }

    /// <summary>Host and port for clients.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Where snapshots and logs are (below <c>version-2</c>).</summary>
    public string DataDirectory { get; }

    /// <summary>The running process.</summary>
    /// <exception cref="InvalidOperationException">The server is stopped.</exception>
    public RunningProcess Process => _process ?? throw new InvalidOperationException("The server is stopped.");

    /// <summary>Starts a server and waits until it serves. Skips the test if Apache is not installed.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Ends the wait and the server.</param>
    /// <returns>The serving server.</returns>
    public static async Task<ApacheServer> StartAsync(ApacheServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        Peers.Require(Peer.Apache);
        var server = new ApacheServer(options ?? new ApacheServerOptions());
        try
        {
            await server.StartOnFreePortAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the server at once (SIGKILL) and waits for its end.</summary>
    /// <returns>A task that completes when the process is gone.</returns>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
            await process.DisposeAsync();
    }

    /// <summary>Asks the server to end (SIGTERM) and waits.</summary>
    /// <returns>A task that completes when the process is gone.</returns>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is not { } process)
            return;

        await process.StopAsync(TimeSpan.FromSeconds(10));
        await process.DisposeAsync();
    }

    /// <summary>Starts a stopped or killed server again, on its port and data directory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when it serves.</returns>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync();
        _process = Launch();
        if (!await ServesAsync(_process, cancellationToken))
            throw new InvalidOperationException($"Apache's server did not start again:\n{_process.Output}\n{_process.Error}");
    }

    /// <summary>Sends a four-letter word.</summary>
    /// <param name="word">For example <c>mntr</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer.</returns>
    public Task<string> AskAsync(string word, CancellationToken cancellationToken = default) =>
        FourLetterWord.AskAsync(Port, word, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _home.Dispose();
    }

    private async Task StartOnFreePortAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = LoopbackPort.Free();
            _process = Launch();
            if (await ServesAsync(_process, cancellationToken))
                return;

            string output = $"{_process.Output}\n{_process.Error}";
            await KillAsync();
            if (attempt == LoopbackPort.Attempts || !output.Contains("BindException", StringComparison.Ordinal))
                throw new InvalidOperationException($"Apache's server did not start:\n{output}");
        }
    }

    private RunningProcess Launch()
    {
        string configuration = _home.Combine("zoo.cfg");
        File.WriteAllText(configuration, ZooCfg());
        List<string> arguments = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"];
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["zookeeper.extendedTypesEnabled"] = "true",
            ["zookeeper.admin.enableServer"] = "false",
            ["zookeeper.4lw.commands.whitelist"] = "*",
            ["zookeeper.preAllocSize"] = "1024",
        };
        foreach ((string name, string value) in _options.SystemProperties)
            properties[name] = value;
        arguments.AddRange(properties.Select(pair => $"-D{pair.Key}={pair.Value}"));
        arguments.AddRange(["-cp", Peers.ZooKeeperClassPath, "org.apache.zookeeper.server.ZooKeeperServerMain", configuration]);
        return RunningProcess.Start(Peers.Java, arguments, new ProcessOptions { WorkingDirectory = _home.Path });
    }

    private string ZooCfg()
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["dataDir"] = DataDirectory,
            ["clientPort"] = $"{Port}",
            ["clientPortAddress"] = "127.0.0.1",
            ["tickTime"] = $"{_options.TickTime}",
            ["minSessionTimeout"] = $"{_options.TickTime}",
            ["maxSessionTimeout"] = "60000",
            ["maxClientCnxns"] = "0",
        };
        foreach ((string key, string value) in _options.Configuration)
            lines[key] = value;
        return string.Concat(lines.Select(pair => $"{pair.Key}={pair.Value}\n"));
    }

    private async Task<bool> ServesAsync(RunningProcess process, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartTimeout);
        while (!process.HasExited)
        {
            try
            {
                // Another program on the same port would answer too, so the answer must name our data directory. Each attempt is bounded:
                // a socket that connects to a free port of loopback can meet itself, and then nobody ever answers.
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
                attempt.CancelAfter(TimeSpan.FromSeconds(5));
                if ((await FourLetterWord.AskAsync(Port, "conf", attempt.Token)).Contains(DataDirectory, StringComparison.Ordinal))
                    return true;
            }
            catch (Exception exception) when (exception is SocketException or IOException
                || (exception is OperationCanceledException && !deadline.IsCancellationRequested))
            {
                // Not listening yet.
            }

            await Task.Delay(100, deadline.Token);
        }

        await process.WaitForExitAsync(cancellationToken);
        return false;
    }
}

/// <summary>Asks a server's client port in plain text.</summary>
public static class FourLetterWord
{
    /// <summary>Sends a word to a port of 127.0.0.1 and reads until the server closes.</summary>
    /// <param name="port">The client port.</param>
    /// <param name="word">Four letters.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer.</returns>
    public static async Task<string> AskAsync(int port, string word, CancellationToken cancellationToken = default)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(word), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
