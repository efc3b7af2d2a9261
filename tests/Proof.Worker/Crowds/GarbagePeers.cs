using System.Net;
using System.Net.Sockets;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Four crowds at once that send what no client sends. The same seed sends the same bytes.</summary>
internal static class GarbagePeers
{
    public static Task RunAsync(Settings settings, CancellationToken stop)
    {
        var server = IPEndPoint.Parse(settings.Text("server"));
        int count = settings.Number("count");
        var bytes = new GarbageBytes(settings.Number("seed"), settings.Number("max-frame"));
        return Task.WhenAll(
            Crowd.RunAsync("random bytes", server, count, (socket, number, cancel) => SendAsync(socket, bytes.Random(number), cancel), stop),
            Crowd.RunAsync("length bombs", server, count, (socket, number, cancel) => SendAsync(socket, bytes.Bomb(number), cancel), stop),
            Crowd.RunAsync("half frames", server, count, (socket, number, cancel) => SendAsync(socket, bytes.HalfFrame(number), cancel), stop),
            Crowd.RunAsync("1 byte a second", server, settings.Number("dripping"), (socket, _, cancel) => TrickleAsync(socket, bytes.Handshake(), cancel), stop));
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
        catch (SocketException)
        {
            // Cut off in the middle, as hoped.
        }
    }

    private static async Task TrickleAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (int sent = 0; sent < bytes.Length; sent++)
        {
            await SendAsync(socket, bytes.Slice(sent, 1), cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
