using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>Carries bytes to a port, and resets each connection when so many of them have passed, wherever in a packet that is.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<long> _limits;
    private readonly int _target;
    private readonly Task _accepting;
    private int _cuts;

    /// <param name="target">A port of this machine.</param>
    /// <param name="limits">After how many bytes the next connection is to be cut.</param>
    public CuttingProxy(int target, Func<long> limits)
    {
        _target = target;
        _limits = limits;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    public int Cuts => Volatile.Read(ref _cuts);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> carrying = [];
        try
        {
            while (true)
            {
                Socket learner = await _listener.AcceptAsync(_stopping.Token);
                long limit = _limits();
                carrying.Add(Task.Run(() => CarryAsync(learner, limit)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(Socket learner, long limit)
    {
        using Socket leader = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        long left = limit;
        try
        {
            await leader.ConnectAsync(IPAddress.Loopback, _target, over.Token);
            await Task.WhenAny(PumpAsync(learner, leader), PumpAsync(leader, learner));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Nobody is there, or the test is over.
        }

        await over.CancelAsync();
        foreach (Socket socket in new[] { learner, leader })
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }

        async Task PumpAsync(Socket from, Socket to)
        {
            byte[] buffer = new byte[4096];
            try
            {
                while (await from.ReceiveAsync(buffer, over.Token) is > 0 and int count)
                {
                    int carried = (int)Math.Min(count, Math.Max(0, Interlocked.Add(ref left, -count) + count));
                    await to.SendAsync(buffer.AsMemory(0, carried), over.Token);
                    if (carried == count)
                        continue;

                    Interlocked.Increment(ref _cuts);
                    return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The other direction ended.
            }
        }
    }
}
