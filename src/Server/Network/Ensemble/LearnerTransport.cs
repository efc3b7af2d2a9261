using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>
/// The quorum port, and the connection to the leader, on the thread that also waits for the clients' sockets and runs the turns. Nothing
/// here ever blocks it: names are resolved and connections made on a thread of their own. Linux only.
/// </summary>
internal sealed partial class LearnerTransport : IAsyncDisposable
{
    private const int AcceptsInARow = 16;
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly PollingThread _thread;
    private readonly ILearnerEvents _events;
    private readonly LearnerTransportOptions _options;
    private readonly Dictionary<int, PolledConnection> _connections = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Timer _resume;
    private Socket? _listener;
    private int _listenerKey = -1;
    private bool _isStopped;

    /// <param name="thread">Waits for the sockets; everything here happens on it.</param>
    /// <param name="events">Whoever drives the connections.</param>
    /// <param name="options">Settings.</param>
    public LearnerTransport(PollingThread thread, ILearnerEvents events, LearnerTransportOptions options)
    {
        _thread = thread;
        _events = events;
        _options = options;
        _resume = new Timer(_ => _thread.Run(ResumeAccepting), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        thread.AttachLearners(Ready, events.Failed);
    }

    /// <summary>Binds the quorum port and begins to accept; only a leader has a use for what is accepted, and the core turns others away.</summary>
    /// <returns>The address bound.</returns>
    /// <exception cref="IOException">The port cannot be bound.</exception>
    public IPEndPoint Start(IPEndPoint endpoint)
    {
        Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
                listener.DualMode = true;
            listener.Bind(endpoint);
            listener.Listen();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"Failed to bind to {endpoint}, the quorum port: {e.Message}", e);
        }

        _listener = listener;
        _listenerKey = (int)listener.SafeHandle.DangerousGetHandle();
        _thread.Run(() => _thread.Epoll.Watch(_listenerKey, Epoll.In, _listenerKey | PollingThread.LearnerKey));
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Closes the listener and cuts what is open.</summary>
    public Task StopAsync()
    {
        if (_isStopped)
            return Task.CompletedTask;

        _thread.Run(() =>
        {
            _isStopped = true;
            EndAttempt();
            _listener?.Dispose();
            foreach (PolledConnection connection in _connections.Values.ToArray())
                connection.Abort();
            _stopped.TrySetResult();
        });
        return _stopped.Task.WaitAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        EndAttempt();
        _listener?.Dispose();
        await _resume.DisposeAsync().ConfigureAwait(false);
    }

    private void Ready(uint what, int key)
    {
        if (key == _listenerKey)
            Accept();
        else if (_connections.TryGetValue(key, out PolledConnection? connection))
            connection.Ready(what);
    }

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
            {
                _events.OutOfDescriptors();
                _thread.Epoll.Unwatch(_listenerKey);
                _resume.Change(PauseWithoutDescriptors, Timeout.InfiniteTimeSpan);
            }

            return;
        }
    }

    private void ResumeAccepting()
    {
        if (!_isStopped && !_thread.Epoll.TryWatch(_listenerKey, Epoll.In, _listenerKey | PollingThread.LearnerKey))
            _resume.Change(PauseWithoutDescriptors, Timeout.InfiniteTimeSpan);
    }

    private void Admit(int descriptor, IPEndPoint remote)
    {
        if (_connections.Count >= _options.MaxLinks)
        {
            TcpSocket.Reset(descriptor);
            _events.Refused(remote, ConnectionLimit.Total);
        }
        else if (Adopt(descriptor, remote) is { } connection)
        {
            _events.Accepted(connection);
        }
    }

    private PolledConnection? Adopt(int descriptor, IPEndPoint remote)
    {
        if (_options.KeepAlive)
            TcpSocket.KeepAlive(descriptor);
        PolledConnection connection = new(descriptor, remote, _events, Forget);
        _connections[descriptor] = connection;
        const uint Interest = Epoll.In | Epoll.Out | Epoll.Broken | Epoll.EdgeTriggered;
        if (_thread.Epoll.TryWatch(descriptor, Interest, descriptor | PollingThread.LearnerKey))
            return connection;

        connection.Abort();
        _events.AcceptFailed("the system watches no further descriptor");
        return null;
    }

    private void Forget(PolledConnection connection)
    {
        // The descriptor may already stand for another connection.
        if (_connections.TryGetValue(connection.Key, out PolledConnection? known) && ReferenceEquals(known, connection))
            _connections.Remove(connection.Key);
    }
}
