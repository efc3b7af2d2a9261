using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Testing;

/// <summary>Which way a frame travels.</summary>
public enum FrameDirection
{
    /// <summary>Requests.</summary>
    ToServer,

    /// <summary>Replies and notifications.</summary>
    ToClient,
}

/// <summary>What happens to a frame.</summary>
public enum FrameVerdict
{
    /// <summary>It travels on.</summary>
    Forward,

    /// <summary>It vanishes; the connection stays.</summary>
    Drop,

    /// <summary>It vanishes, and both ends see their connection reset.</summary>
    Cut,

    /// <summary>It travels on, then both ends see their connection reset.</summary>
    ForwardThenCut,
}

/// <summary>A frame on its way.</summary>
/// <param name="Connection">Number of the connection, from 1.</param>
/// <param name="Direction">Its direction.</param>
/// <param name="Number">Number of the frame in its connection and direction, from 1; the handshake is 1.</param>
/// <param name="Body">The frame without its length word. Valid during the call only.</param>
public readonly record struct ProxiedFrame(int Connection, FrameDirection Direction, int Number, ReadOnlyMemory<byte> Body);

/// <summary>
/// A TCP proxy on a loopback port that can do to a client's connections what networks do. A black hole keeps the bytes and the
/// end of the connection back until it is healed, as lost packets that are sent again would look.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, FaultLink> _links = new();
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private int _accepted;

    private FaultProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The port to connect to.</summary>
    public int Port { get; }

    /// <summary>Host and port for clients.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Connections accepted so far.</summary>
    public int AcceptedConnections => Volatile.Read(ref _accepted);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => _links.Count;

    /// <summary>Decides over each frame, on the thread that carries it. Null forwards all.</summary>
    public Func<ProxiedFrame, FrameVerdict>? Filter { get; set; }

    /// <summary>Time that each piece of data towards the server waits.</summary>
    public TimeSpan DelayToServer { get; set; }

    /// <summary>Time that each piece of data towards the client waits.</summary>
    public TimeSpan DelayToClient { get; set; }

    /// <summary>Whether new connections are reset at once.</summary>
    public bool RefusesConnections { get; set; }

    internal Gate ToServerGate { get; } = new();

    internal Gate ToClientGate { get; } = new();

    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Starts a proxy.</summary>
    /// <param name="connectionString">Host and port of the server.</param>
    /// <returns>The listening proxy.</returns>
    public static FaultProxy Start(string connectionString) => new(IPEndPoint.Parse(connectionString));

    /// <summary>Resets all open connections.</summary>
    public void CutAll()
    {
        foreach (FaultLink link in _links.Values)
            link.Cut();
    }

    /// <summary>From now on nothing passes, neither data nor the end of a connection.</summary>
    public void BlackHole()
    {
        ToServerGate.Close();
        ToClientGate.Close();
    }

    /// <summary>From now on nothing passes in one direction.</summary>
    /// <param name="direction">The direction.</param>
    public void BlackHole(FrameDirection direction) => (direction == FrameDirection.ToServer ? ToServerGate : ToClientGate).Close();

    /// <summary>Ends a black hole; what was kept back travels on.</summary>
    public void Heal()
    {
        ToServerGate.Open();
        ToClientGate.Open();
    }

    /// <summary>Applies a verdict to the n-th frame from now, over all connections, and forwards all others.</summary>
    /// <param name="direction">The direction counted.</param>
    /// <param name="count">1 for the next frame.</param>
    /// <param name="verdict">What happens to it.</param>
    /// <returns>A task that completes when the frame has met its verdict.</returns>
    public Task OnFrame(FrameDirection direction, int count, FrameVerdict verdict)
    {
        int left = count;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Filter = frame =>
        {
            if (frame.Direction != direction || Interlocked.Decrement(ref left) != 0)
                return FrameVerdict.Forward;

            done.TrySetResult();
            return verdict;
        };
        return done.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        CutAll();
        await _accepting;
        await Task.WhenAll(_links.Values.Select(link => link.Completion));
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            int number = Interlocked.Increment(ref _accepted);
            if (RefusesConnections)
            {
                FaultLink.Reset(client);
                continue;
            }

            var link = new FaultLink(this, number, client);
            _links[number] = link;
            link.Start(_target, () => _links.TryRemove(number, out _));
        }
    }

    /// <summary>Holds back whoever passes while it is closed.</summary>
    internal sealed class Gate
    {
        private volatile TaskCompletionSource? _closed;

        public void Close() => Interlocked.CompareExchange(
            ref _closed,
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            null);

        public void Open() => Interlocked.Exchange(ref _closed, null)?.TrySetResult();

        public async ValueTask PassAsync(CancellationToken cancellationToken)
        {
            while (_closed is { } closed)
                await closed.Task.WaitAsync(cancellationToken);
        }
    }
}
