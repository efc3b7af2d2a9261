using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Testing;

/// <summary>One connection through a <see cref="FaultProxy"/>: two pumps that carry frames.</summary>
internal sealed class FaultLink(FaultProxy proxy, int number, Socket client)
{
    /// <summary>Above this a length word is none: a four-letter word, or garbage that must arrive unchanged.</summary>
    private const int MaxFrame = 64 * 1024 * 1024;

    private readonly CancellationTokenSource _cut = CancellationTokenSource.CreateLinkedTokenSource(proxy.Stopping);

    /// <summary>Completes when both sides are closed.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }

    public void Start(IPEndPoint target, Action onEnd)
    {
        client.NoDelay = true;
        Completion = Task.Run(async () =>
        {
            await RunAsync(target);
            onEnd();
        });
    }

    public void Cut() => _cut.Cancel();

    private async Task RunAsync(IPEndPoint target)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await proxy.ToServerGate.PassAsync(_cut.Token);
            await server.ConnectAsync(target, _cut.Token);
            Task up = PumpAsync(client, server, FrameDirection.ToServer);
            Task down = PumpAsync(server, client, FrameDirection.ToClient);
            await Task.WhenAll(up, down);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The server is not there, or the link was cut: the client sees a reset.
        }

        Reset(client);
        Reset(server);
    }

    private async Task PumpAsync(Socket from, Socket to, FrameDirection direction)
    {
        FaultProxy.Gate gate = direction == FrameDirection.ToServer ? proxy.ToServerGate : proxy.ToClientGate;
        try
        {
            await CarryAsync(from, to, direction, gate);

            // The end of the stream is news too, and a black hole keeps it back.
            await gate.PassAsync(_cut.Token);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            if (!_cut.IsCancellationRequested)
            {
                await IgnoreCancellationAsync(gate);
                await _cut.CancelAsync();
            }
        }
    }

    private async Task CarryAsync(Socket from, Socket to, FrameDirection direction, FaultProxy.Gate gate)
    {
        byte[] buffer = new byte[64 * 1024];
        int frames = 0;
        while (true)
        {
            int head = await ReadFullyAsync(from, buffer.AsMemory(0, 4));
            if (head < 4)
            {
                await SendAsync(to, buffer.AsMemory(0, head), direction, gate);
                return;
            }

            int length = BinaryPrimitives.ReadInt32BigEndian(buffer);
            if (length is < 0 or > MaxFrame)
            {
                await SendAsync(to, buffer.AsMemory(0, 4), direction, gate);
                await CarryRawAsync(from, to, buffer, direction, gate);
                return;
            }

            if (buffer.Length < length + 4)
                Array.Resize(ref buffer, length + 4);
            int read = await ReadFullyAsync(from, buffer.AsMemory(4, length));
            FrameVerdict verdict = read < length
                ? FrameVerdict.Forward
                : proxy.Filter?.Invoke(new ProxiedFrame(number, direction, ++frames, buffer.AsMemory(4, length))) ?? FrameVerdict.Forward;
            if (verdict is FrameVerdict.Forward or FrameVerdict.ForwardThenCut)
                await SendAsync(to, buffer.AsMemory(0, read + 4), direction, gate);
            if (verdict is FrameVerdict.Cut or FrameVerdict.ForwardThenCut)
                await _cut.CancelAsync();
        }
    }

    private async Task CarryRawAsync(Socket from, Socket to, byte[] buffer, FrameDirection direction, FaultProxy.Gate gate)
    {
        while (await from.ReceiveAsync(buffer, _cut.Token) is > 0 and int count)
            await SendAsync(to, buffer.AsMemory(0, count), direction, gate);
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, FrameDirection direction, FaultProxy.Gate gate)
    {
        TimeSpan delay = direction == FrameDirection.ToServer ? proxy.DelayToServer : proxy.DelayToClient;
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, _cut.Token);
        await gate.PassAsync(_cut.Token);
        while (!bytes.IsEmpty)
            bytes = bytes[await to.SendAsync(bytes, _cut.Token)..];
    }

    private async Task<int> ReadFullyAsync(Socket from, Memory<byte> target)
    {
        int total = 0;
        while (total < target.Length)
        {
            int count = await from.ReceiveAsync(target[total..], _cut.Token);
            if (count == 0)
                break;

            total += count;
        }

        return total;
    }

    private async Task IgnoreCancellationAsync(FaultProxy.Gate gate)
    {
        try
        {
            await gate.PassAsync(_cut.Token);
        }
        catch (OperationCanceledException)
        {
            // Cut while held back.
        }
    }

    private static bool IsEnd(Exception exception) =>
        exception is OperationCanceledException or SocketException or ObjectDisposedException;
}
