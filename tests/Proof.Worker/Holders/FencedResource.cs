using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Coordination.Proof.Worker.Evidence;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Proof.Worker.Holders;

/// <summary>
/// The guarded resource: accepts no fencing number below one it has seen. After a refusal it asks the server, with a session of its own,
/// whether the refused holder's session is still alive. Told not to fence, it is the planted defect which the checker must report.
/// </summary>
internal sealed class FencedResource(IPEndPoint server, Witness witness, bool fences) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private long _highest;

    public static async Task RunAsync(Settings settings, CancellationToken stop)
    {
        using Witness witness = await Witness.ConnectAsync(settings.Number("recorder"));
        using var resource = new FencedResource(IPEndPoint.Parse(settings.Text("server")), witness, fences: !settings.Flag("no-fence"));
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await Console.Out.WriteLineAsync($"port {((IPEndPoint)listener.LocalEndpoint).Port}.");
        while (true)
        {
            TcpClient holder = await listener.AcceptTcpClientAsync(stop);
            _ = resource.ServeAsync(holder);
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task ServeAsync(TcpClient holder)
    {
        using (holder)
        {
            holder.NoDelay = true;
            using var reader = new StreamReader(holder.GetStream());
            await using var writer = new StreamWriter(holder.GetStream()) { AutoFlush = true };
            try
            {
                while (await reader.ReadLineAsync() is { } line)
                    await writer.WriteLineAsync(await WriteAsync(JsonSerializer.Deserialize<ResourceWrite>(line)!));
            }
            catch (IOException)
            {
                // The holder was killed.
            }
        }
    }

    private async Task<string> WriteAsync(ResourceWrite write)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            bool refused = fences && write.FencingToken < _highest;
            var fact = new ProofEvent
            {
                Kind = refused ? ProofEventKind.Refused : ProofEventKind.Accepted,
                At = BootClock.Now,
                Section = write.Section,
                FencingToken = write.FencingToken,
                HighestToken = _highest,
            };
            if (refused)
                fact = fact with { SessionAlive = await IsAliveAsync(write.Mark) };
            _highest = Math.Max(_highest, write.FencingToken);
            await witness.ReportAsync(fact);
            return refused ? $"refused: {_highest} has been seen" : ResourceConnection.AcceptedAnswer;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<bool> IsAliveAsync(string mark)
    {
        using RawClient client = await RawClient.ConnectAsync(server);
        RawReply reply = await client.CallAsync(OpCode.Exists, new ExistsRequest(mark, false));
        return reply.Header.Error != ErrorCode.NoNode;
    }
}
