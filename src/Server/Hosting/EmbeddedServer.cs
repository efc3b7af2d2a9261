using System.Net;
using Coordination.Server.Hosting;
using Coordination.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coordination.Server;

/// <summary>
/// A real server in this process: the same replica, disk formats and protocol as the standalone program, on a free port of loopback.
/// </summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private readonly EmbeddedServerOptions _options;
    private readonly ServerSurroundings _surroundings;
    private readonly bool _ownsDirectory;
    private ServerHost _host;
    private int _isDeleted;

    private EmbeddedServer(EmbeddedServerOptions options, ServerSurroundings surroundings, ServerHost host, string directory, bool ownsDirectory)
    {
        _options = options;
        _surroundings = surroundings;
        _host = host;
        DataDirectory = directory;
        _ownsDirectory = ownsDirectory;
        Port = host.Endpoint.Port;
        SecurePort = host.SecureEndpoint?.Port;
        ConnectionString = ReachableFromHere(host.Endpoint).ToString();
    }

    /// <summary>Where clients connect, for example <c>127.0.0.1:40123</c>. It stays the same over <see cref="RestartAsync"/>.</summary>
    public string ConnectionString { get; }

    /// <summary>The port listened on; for plain text, if there is one.</summary>
    public int Port { get; }

    /// <summary>The port listened on for TLS (<see cref="CoordinationServerOptions.Tls"/>); null if there is none.</summary>
    public int? SecurePort { get; }

    /// <summary>Where the data is kept.</summary>
    public string DataDirectory { get; }

    /// <summary>
    /// Completes, with the reason, when the server has failed: it acknowledges nothing any more and its connections are closed. Also
    /// after <see cref="KillAsync"/>; never after an orderly stop.
    /// </summary>
    public Task<Exception> Faulted => _host.Faulted;

    /// <summary>Starts a server; it serves when this returns.</summary>
    /// <param name="options">Null for the defaults: a free port and a temporary directory.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="ServerConfigurationException">The options cannot work.</exception>
    /// <exception cref="IOException">The port is taken, or the data directory is in use, damaged or not accessible; the message says which.</exception>
    public static ValueTask<EmbeddedServer> StartAsync(EmbeddedServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmbeddedServerOptions();
        return StartAsync(options, new ServerSurroundings { Loggers = options.LoggerFactory ?? NullLoggerFactory.Instance }, cancellationToken);
    }

    internal static async ValueTask<EmbeddedServer> StartAsync(
        EmbeddedServerOptions options, ServerSurroundings surroundings, CancellationToken cancellationToken)
    {
        bool ownsDirectory = options.DataDirectory is null;
        string directory = options.DataDirectory ?? Directory.CreateTempSubdirectory("coordination-").FullName;
        try
        {
            ServerHost host = await StartHostAsync(options.ToServerOptions(directory, options.Port), surroundings, cancellationToken);
            return new EmbeddedServer(options, surroundings, host, directory, ownsDirectory);
        }
        catch when (ownsDirectory)
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>Ends a session as if it had timed out: its ephemeral znodes go and its connection is closed.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellationToken">Stops waiting; the session may end all the same.</param>
    /// <returns>Whether there was such a session. Its end is durable when its connection closes.</returns>
    public async ValueTask<bool> ExpireSessionAsync(long sessionId, CancellationToken cancellationToken = default) =>
        await _host.CallAsync((replica, _) => replica.ExpireSession(sessionId)).WaitAsync(cancellationToken);

    /// <summary>Stops in order: what was received is answered and saved, then the connections end. The data stays for a restart.</summary>
    /// <param name="cancellationToken">Ends the waiting for clients that do not read.</param>
    /// <returns>When the server has stopped.</returns>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default) => await _host.StopAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Stops as a killed process would: connections break, nothing further is answered or written.</summary>
    /// <returns>When the port and the directory are free again.</returns>
    public async ValueTask KillAsync() => await _host.KillAsync().ConfigureAwait(false);

    /// <summary>Starts again on the same port and data after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>When the server serves.</returns>
    /// <exception cref="IOException">The port is taken by now, or the data directory is in use or damaged.</exception>
    public async ValueTask RestartAsync(CancellationToken cancellationToken = default)
    {
        await _host.StopAsync(cancellationToken).ConfigureAwait(false);
        CoordinationServerOptions options = _options.ToServerOptions(DataDirectory, Port);
        if (SecurePort is not null)
            options.Tls.Port = SecurePort;
        _host = await StartHostAsync(options, _surroundings, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        if (_ownsDirectory && Interlocked.Exchange(ref _isDeleted, 1) == 0 && Directory.Exists(DataDirectory))
            Directory.Delete(DataDirectory, recursive: true);
    }

    private static async Task<ServerHost> StartHostAsync(
        CoordinationServerOptions options, ServerSurroundings surroundings, CancellationToken cancellationToken)
    {
        try
        {
            return await ServerHost.StartAsync(options, surroundings, cancellationToken);
        }
        catch (StorageException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>An address to connect to: the one that is listened on, for a wildcard that of loopback.</summary>
    private static IPEndPoint ReachableFromHere(IPEndPoint endpoint) =>
        endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any) ? new(IPAddress.Loopback, endpoint.Port) : endpoint;
}
