using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Network;

/// <summary>Listens and carries connections on a <see cref="PollingThread"/>. Linux only.</summary>
internal sealed class PollingTransport : IClientTransport
{
    /// <summary>Milliseconds after which accepting is tried again when the process has run out of descriptors.</summary>
    private const int PauseWithoutDescriptors = 100;

    /// <summary>Connections taken at a time, after which those who are here get a turn.</summary>
    private const int AcceptsInARow = 64;

    private readonly PollingThread _thread;
    private readonly IConnectionEvents _events;
    private readonly ConnectionCounter _counter;
    private readonly DescriptorReserve _reserve = new();
    private readonly Dictionary<int, PolledConnection> _connections = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _listener;
    private int _listenerKey = -1;
    private bool _isStopped;

    public PollingTransport(PollingThread thread, IConnectionEvents events, ConnectionCounter counter)
    {
        _thread = thread;
        _events = events;
        _counter = counter;
        thread.Attach(Ready, events.Failed);
    }

    /// <inheritdoc/>
    public Task<IPEndPoint> StartAsync(IPEndPoint endpoint, int? backlog, CancellationToken cancellationToken)
    {
        Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
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

        _reserve.TryHold();
        IPEndPoint bound = (IPEndPoint)listener.LocalEndPoint!;
        _listener = listener;
        _listenerKey = (int)listener.SafeHandle.DangerousGetHandle();
        _thread.Run(() => _thread.Epoll.Watch(_listenerKey, Epoll.In, _listenerKey));
        return Task.FromResult(bound);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        if (_listener is null)
            return Task.CompletedTask;

        _thread.Run(() =>
        {
            _isStopped = true;
            _listener.Dispose();
            foreach (PolledConnection connection in _connections.Values.ToArray())
                connection.Abort();
            _stopped.TrySetResult();
        });
        return _stopped.Task.WaitAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _listener?.Dispose();
        _reserve.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Ready(uint what, int key)
    {
        if (key == _listenerKey)
            Accept();
        else if (_connections.TryGetValue(key, out PolledConnection? connection))
            connection.Ready(what);
    }

    /// <summary>
    /// Takes those who wait, together: their first requests then share a turn and a sync. The kernel repeats the event while more wait.
    /// </summary>
    private void Accept()
    {
        for (int i = 0; i < AcceptsInARow && !_isStopped; i++)
        {
            int descriptor = TcpSocket.Accept(_listenerKey, out IPEndPoint? remote);
            if (descriptor >= 0)
            {
                Admit(descriptor, remote!);
                continue;
            }

            if (TcpSocket.IsExhausted(descriptor))
                PauseAccepting();

            // Otherwise nobody waits any more, or whoever did has gone again.
            return;
        }
    }

    private void Admit(int descriptor, IPEndPoint remote)
    {
        ConnectionLimit limit = _counter.TryEnter(remote.Address);
        if (limit != ConnectionLimit.None)
        {
            TcpSocket.Reset(descriptor);
            _events.Refused(remote, limit);
            return;
        }

        PolledConnection connection = new(descriptor, remote, _events, Forget);
        _connections[descriptor] = connection;
        if (_thread.Epoll.TryWatch(descriptor, Epoll.In | Epoll.Out | Epoll.Broken | Epoll.EdgeTriggered, descriptor))
        {
            _events.Accepted(connection);
            return;
        }

        connection.Abort();
        _events.AcceptFailed("the system watches no further descriptor");
    }

    /// <summary>
    /// Whoever waits to be accepted goes on waiting in the system's queue. The listener would be reported as ready all the time, and the
    /// thread do nothing else.
    /// </summary>
    private void PauseAccepting()
    {
        _events.OutOfDescriptors();
        _thread.Epoll.Unwatch(_listenerKey);
        _reserve.Release();
        _thread.RunLater(PauseWithoutDescriptors, ResumeAccepting);
    }

    /// <summary>First the reserve, then strangers.</summary>
    private void ResumeAccepting()
    {
        if (_isStopped)
            return;

        if (!_reserve.TryHold() || !_thread.Epoll.TryWatch(_listenerKey, Epoll.In, _listenerKey))
            _thread.RunLater(PauseWithoutDescriptors, ResumeAccepting);
    }

    private void Forget(PolledConnection connection)
    {
        // The descriptor may already stand for another connection.
        if (_connections.TryGetValue(connection.Key, out PolledConnection? known) && ReferenceEquals(known, connection))
            _connections.Remove(connection.Key);
        _counter.Leave(connection.RemoteAddress.Address);
    }
}
