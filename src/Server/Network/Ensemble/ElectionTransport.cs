using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>
/// The sockets behind <see cref="ElectionLinks"/>: listens on the election port, opens and greets, reads and writes. What arrives waits
/// to be taken. Elections are rare and their messages few: each connection has two tasks, which nobody waits for.
/// </summary>
internal sealed partial class ElectionTransport(ElectionTransportOptions options, IElectionEvents events, TimeProvider time) : IAsyncDisposable
{
    private const int MaxHandshakes = 128;

    private readonly Lock _lock = new();
    private readonly ElectionLinks _links = new(options.MyId);
    private readonly ElectionInbox _inbox = new();
    private readonly ConcurrentDictionary<long, ElectionConnection> _connections = new();
    private readonly ConcurrentDictionary<long, Task> _work = new();
    private readonly SemaphoreSlim _handshakes = new(MaxHandshakes);
    private readonly CancellationTokenSource _stopping = new();
    private volatile ElectionAddressBook _addresses = new();
    private Socket? _listener;
    private long _lastNumber;

    /// <summary>Binds the election port and begins to accept.</summary>
    /// <returns>The address bound.</returns>
    /// <exception cref="IOException">The port cannot be bound.</exception>
    public async Task<IPEndPoint> StartAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        Socket listener = await BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        _listener = listener;
        Run(() => AcceptAsync(listener));
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Says who the others are, and where.</summary>
    public void SetConfiguration(QuorumConfiguration committed, QuorumConfiguration? lastSeen = null)
    {
        _addresses = new ElectionAddressBook(committed, lastSeen);
        Apply((links, members) => links.SetMembers(members), _addresses.Members);
    }

    /// <summary>Sends a notification as soon as the server can be reached, unless there is a newer one by then. Does not block.</summary>
    public void Send(long server, in ElectionNotification notification) =>
        Apply(static (links, message) => links.Send(message.server, message.bytes), (server, bytes: ElectionConnection.Encode(notification)));

    /// <summary>Takes what has arrived, one at a time.</summary>
    public bool TryTake(out ElectionArrival arrival) => _inbox.TryTake(out arrival);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        while (!_work.IsEmpty)
        {
            foreach (ElectionConnection connection in _connections.Values)
                connection.Dispose();
            await Task.WhenAll(_work.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stopping.Dispose();
        _handshakes.Dispose();
    }

    private async Task<Socket> BindAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (endpoint.Address.Equals(IPAddress.IPv6Any))
                    listener.DualMode = true;
                listener.Bind(endpoint);
                listener.Listen();
                return listener;
            }
            catch (SocketException e)
            {
                listener.Dispose();
                if (attempt == options.BindAttempts)
                    throw new IOException($"Failed to bind to {endpoint}, the election port: {e.Message}", e);
            }

            await Task.Delay(options.BindPause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                if (_handshakes.Wait(0, CancellationToken.None))
                    Run(() => WelcomeAsync(socket));
                else
                    socket.Dispose();
            }
            catch (SocketException e)
            {
                // The port goes on listening whatever becomes of one connection: without it there are no elections (ZOOKEEPER-2836).
                events.Refused(null, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task WelcomeAsync(Socket socket)
    {
        ElectionConnection connection = Adopt(socket);
        try
        {
            using CancellationTokenSource limit = Limit(options.HandshakeTimeout);
            ElectionGreeting greeting = await connection.ReadGreetingAsync(limit.Token).ConfigureAwait(false);
            Apply(static (links, it) => links.Accepted(it.Number, it.greeting), (connection.Number, greeting));
        }
        catch (Exception e) when (IsOrdinary(e))
        {
            Release(connection);
            if (!_stopping.IsCancellationRequested)
                events.Refused(connection.Remote, e.Message);
        }
        finally
        {
            _handshakes.Release();
        }
    }

    private async Task OpenAsync(long server, IReadOnlyList<HostPort>? told)
    {
        string reason = "its address is not known";
        foreach (HostPort address in _addresses.Find(server, told))
        {
            foreach (IPAddress ip in await ElectionAddressBook.ResolveAsync(address.Host, _stopping.Token).ConfigureAwait(false))
            {
                if (_stopping.IsCancellationRequested)
                    return;

                try
                {
                    ElectionConnection connection = await ConnectAsync(new IPEndPoint(ip, address.Port)).ConfigureAwait(false);
                    Apply(static (links, it) => links.Opened(it.server, it.Number), (server, connection.Number));
                    return;
                }
                catch (Exception e) when (IsOrdinary(e))
                {
                    reason = e is OperationCanceledException ? $"{address} ({ip}) did not answer in time" : $"{address} ({ip}): {e.Message}";
                }
            }
        }

        events.OpenFailed(server, reason);
        Apply(static (links, id) => links.OpenFailed(id), server);
    }

    private async Task<ElectionConnection> ConnectAsync(IPEndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        ElectionConnection? connection = null;
        try
        {
            using CancellationTokenSource limit = Limit(options.ConnectTimeout);
            await socket.ConnectAsync(address, limit.Token).ConfigureAwait(false);

            // On loopback an attempt can meet itself at a port that nobody listens on.
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                throw new SocketException((int)SocketError.ConnectionRefused);

            connection = Adopt(socket);
            await connection.GreetAsync(Greeting((IPEndPoint)socket.LocalEndPoint!), limit.Token).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            if (connection is not null)
                Release(connection);
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where this server can be reached; if the configuration names every interface, then at the one that leads to the other.</summary>
    private ElectionGreeting Greeting(IPEndPoint local)
    {
        IPAddress ip = local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address;
        HostPort own = _addresses.Own(options.MyId) ?? new HostPort(ip.ToString(), ((IPEndPoint?)_listener?.LocalEndPoint)?.Port ?? 0);
        return new ElectionGreeting(ElectionGreeting.OneAddress, options.MyId, [own]);
    }
}
