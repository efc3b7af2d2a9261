using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Network;

/// <summary>
/// Listens for connections through TLS; on a shared port, for plain ones beside them. A handshake runs on the thread pool, bounded in time
/// and number, before the owner of the connections hears of it: nothing a stranger does there can hold up a turn.
/// </summary>
internal sealed class TlsTransport : IClientTransport
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly TlsTransportParts _parts;
    private readonly ConcurrentDictionary<TlsPeer, Task> _peers = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly DescriptorReserve _reserve = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    public TlsTransport(TlsTransportParts parts) => _parts = parts;

    /// <inheritdoc/>
    public Task<IPEndPoint> StartAsync(IPEndPoint endpoint, int? backlog, CancellationToken cancellationToken)
    {
        Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
                listener.DualMode = true;
            listener.Bind(endpoint);
            listener.Listen(backlog ?? IClientTransport.DefaultBacklog);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"Failed to bind to {endpoint}: {e.Message}", e);
        }

        if (OperatingSystem.IsLinux())
            _reserve.TryHold();
        _listener = listener;
        CancellationToken stopping = _stopping.Token;
        _accepting = Task.Run(() => AcceptAsync(listener, stopping), cancellationToken);
        return Task.FromResult((IPEndPoint)listener.LocalEndPoint!);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // First the word that it stops: the accept that the closing ends is then no failure.
        await _stopping.CancelAsync();
        _listener?.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_peers.Values).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (TlsPeer peer in _peers.Keys)
            peer.Abort();
        await Task.WhenAll(_peers.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _listener?.Dispose();
        _reserve.Dispose();
        _stopping.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IPEndPoint Normalize(IPEndPoint remote) =>
        remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;

    private async Task AcceptAsync(Socket listener, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
                await AcceptOrPauseAsync(listener, stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            _parts.Events.Failed(e);
        }
    }

    private async Task AcceptOrPauseAsync(Socket listener, CancellationToken stopping)
    {
        try
        {
            Serve(await listener.AcceptAsync(stopping));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
            // Gone again before it was taken.
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            _parts.Events.OutOfDescriptors();
            _reserve.Release();
            do
                await PauseAsync(stopping);
            while (OperatingSystem.IsLinux() && !_reserve.TryHold());
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            _parts.Events.AcceptFailed(e.Message);
            await PauseAsync(stopping);
        }
    }

    private Task PauseAsync(CancellationToken stopping) => Task.Delay(PauseAfterFailure, _parts.Time, stopping);

    private void Serve(Socket socket)
    {
        IPEndPoint remote;
        try
        {
            remote = Normalize((IPEndPoint)socket.RemoteEndPoint!);
            socket.NoDelay = true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return;
        }

        ConnectionLimit limit = _parts.Counter.TryEnter(remote.Address);
        if (limit != ConnectionLimit.None)
        {
            socket.Close(0);
            _parts.Events.Refused(remote, limit);
            return;
        }

        TlsPeer peer = new(_parts, socket, remote);
        TaskCompletionSource registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _peers[peer] = RunAsync(peer, registered.Task);
        registered.SetResult();
    }

    private async Task RunAsync(TlsPeer peer, Task registered)
    {
        await registered;
        try
        {
            await peer.RunAsync(_stopping.Token);
        }
        finally
        {
            _parts.Counter.Leave(peer.RemoteAddress.Address);
            _peers.TryRemove(peer, out _);
        }
    }
}

/// <summary>Everything a <see cref="TlsTransport"/> is run with.</summary>
internal sealed record TlsTransportParts
{
    /// <summary>Whoever drives the connections.</summary>
    public required IConnectionEvents Events { get; init; }

    /// <summary>The limits of the listener.</summary>
    public required ConnectionCounter Counter { get; init; }

    /// <summary>The certificates in force.</summary>
    public required TlsCertificates Certificates { get; init; }

    /// <summary>Handshakes under way, over all listeners.</summary>
    public required HandshakeSlots Handshakes { get; init; }

    /// <summary>Time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The settings.</summary>
    public required ServerTlsOptions Options { get; init; }

    /// <summary>Whether a client that does not begin with TLS is served in plain text.</summary>
    public bool TakesPlainText { get; init; }
}
