using System.Net.Sockets;

namespace Coordination.Testing;

/// <summary>How a server process is to be started.</summary>
public record ServerProcessOptions
{
    /// <summary>Milliseconds per tick. Sessions last at least one tick, and Apache lets them expire on a grid of one tick.</summary>
    public int TickTime { get; init; } = 500;

    /// <summary>Lines for <c>zoo.cfg</c> on top of the usual ones, by key.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>System properties (<c>-Dname=value</c>), for example <c>zookeeper.extendedTypesEnabled</c>.</summary>
    public IReadOnlyDictionary<string, string> SystemProperties { get; init; } = new Dictionary<string, string>();

    /// <summary>A data directory to open; null for a fresh one that is deleted with the server.</summary>
    public string? DataDirectory { get; init; }
}

/// <summary>
/// A standalone server in a process of its own on a free loopback port, Apache's or ours. All four-letter words answer, extended node
/// types are on, sessions between 1 tick and 60 s are granted.
/// </summary>
public abstract class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly TempDirectory _home = new("server-");
    private RunningProcess? _process;

    private protected ServerProcess(ServerProcessOptions options)
    {
        Options = options;
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

    private protected ServerProcessOptions Options { get; }

    /// <summary>Kills the server at once (SIGKILL) and waits for its end.</summary>
    /// <returns>A task that completes when the process is gone.</returns>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
            await process.DisposeAsync();
    }

    /// <summary>Asks the server to end (SIGTERM) and waits.</summary>
    /// <returns>Whether it ended by itself within 10 s.</returns>
    public async Task<bool> StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is not { } process)
            return true;

        bool orderly = await process.StopAsync(TimeSpan.FromSeconds(10));
        await process.DisposeAsync();
        return orderly;
    }

    /// <summary>Starts a stopped or killed server again, on its port and data directory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes when it serves.</returns>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync();
        _process = Launch(WriteConfiguration(), _home.Path);
        if (!await ServesAsync(_process, cancellationToken))
            throw new InvalidOperationException($"The server did not start again:\n{_process.Output}\n{_process.Error}");
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
        GC.SuppressFinalize(this);
        await KillAsync();
        _home.Dispose();
    }

    private protected static async Task<T> StartAsync<T>(T server, CancellationToken cancellationToken)
        where T : ServerProcess
    {
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

    private protected abstract RunningProcess Launch(string configurationFile, string workingDirectory);

    private protected abstract bool FoundItsPortTaken(RunningProcess process);

    private async Task StartOnFreePortAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = LoopbackPort.Free();
            _process = Launch(WriteConfiguration(), _home.Path);
            if (await ServesAsync(_process, cancellationToken))
                return;

            string output = $"exit code {_process.ExitCode}\n{_process.Output}\n{_process.Error}";
            bool again = FoundItsPortTaken(_process) && attempt < LoopbackPort.Attempts;
            await KillAsync();
            if (!again)
                throw new InvalidOperationException($"The server did not start: {output}");
        }
    }

    private string WriteConfiguration()
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["dataDir"] = DataDirectory,
            ["clientPort"] = $"{Port}",
            ["clientPortAddress"] = "127.0.0.1",
            ["tickTime"] = $"{Options.TickTime}",
            ["minSessionTimeout"] = $"{Options.TickTime}",
            ["maxSessionTimeout"] = "60000",
            ["maxClientCnxns"] = "0",
        };
        foreach ((string key, string value) in Options.Configuration)
            lines[key] = value;

        string file = _home.Combine("zoo.cfg");
        File.WriteAllText(file, string.Concat(lines.Select(pair => $"{pair.Key}={pair.Value}\n")));
        return file;
    }

    private protected IEnumerable<string> PropertyArguments(params (string Name, string Value)[] usual)
    {
        Dictionary<string, string> properties = usual.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        foreach ((string name, string value) in Options.SystemProperties)
            properties[name] = value;
        return properties.Select(pair => $"-D{pair.Key}={pair.Value}");
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
