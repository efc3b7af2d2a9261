using System.Net;
using Coordination.Server.Network;

namespace Coordination.Server.Hosting;

/// <summary>The ports of a server: that of plain text, that of TLS, or one for both. Their connections are one owner's, and count together.</summary>
internal sealed class ServerListeners : IAsyncDisposable
{
    private readonly CoordinationServerOptions _options;
    private readonly TlsCertificates? _certificates;
    private readonly IClientTransport? _client;
    private readonly TlsTransport? _secure;

    /// <param name="options">The settings.</param>
    /// <param name="surroundings">For time, and for Kestrel's messages.</param>
    /// <param name="certificates">Null without TLS.</param>
    /// <param name="events">Whoever drives the connections.</param>
    /// <param name="poll">The thread that waits for sockets, if one does.</param>
    public ServerListeners(
        CoordinationServerOptions options, ServerSurroundings surroundings, TlsCertificates? certificates, IConnectionEvents events, PollingThread? poll)
    {
        _options = options;
        _certificates = certificates;
        ConnectionCounter counter = new(options.MaxConnectionsPerAddress, DescriptorLimit.Within(options.MaxConnections));
        TlsTransportParts? tls = certificates is null ? null : new()
        {
            Events = events,
            Counter = counter,
            Certificates = certificates,
            Handshakes = new HandshakeSlots(options.Tls.MaxHandshakes, surroundings.Time),
            Time = surroundings.Time,
            Options = options.Tls,
        };

        if (tls is not null && options.Tls.OnClientPort)
            _client = new TlsTransport(tls with { TakesPlainText = true });
        else if (options.ListensOnClientPort)
            _client = poll is not null ? new PollingTransport(poll, events, counter) : new KestrelTransport(events, counter, surroundings.Loggers, options.InlineCompletions);
        if (tls is not null && options.Tls.Port is not null)
            _secure = new TlsTransport(tls);
    }

    /// <summary>Binds and begins to accept.</summary>
    /// <returns>The addresses bound; null where there is no such port.</returns>
    public async Task<(IPEndPoint? Client, IPEndPoint? Secure)> StartAsync(CancellationToken cancellationToken)
    {
        _certificates?.BeginWatching();
        IPEndPoint client = new(_options.ListenAddress, _options.Port);
        IPEndPoint secure = new(_options.Tls.ListenAddress ?? _options.ListenAddress, _options.Tls.Port ?? 0);
        return (
            _client is null ? null : await _client.StartAsync(client, _options.ListenBacklog, cancellationToken),
            _secure is null ? null : await _secure.StartAsync(secure, _options.ListenBacklog, cancellationToken));
    }

    /// <summary>Closes the listeners, and connections that are left when patience ends.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        using CancellationTokenSource limit = new(patience);
        try
        {
            if (_client is not null)
                await _client.StopAsync(limit.Token);
        }
        finally
        {
            if (_secure is not null)
                await _secure.StopAsync(limit.Token);
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        if (_secure is not null)
            await _secure.DisposeAsync();
        if (_certificates is not null)
            await _certificates.DisposeAsync();
    }
}
