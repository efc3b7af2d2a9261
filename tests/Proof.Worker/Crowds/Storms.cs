using System.Net;
using System.Net.Sockets;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Crowds of sessions to which something happens at once: a change that all of them watch, or the end of the server.</summary>
internal static class Storms
{
    /// <summary>What a line says when all sessions are there.</summary>
    public const string ReadyLine = "ready";

    /// <summary>What a line begins with when everybody has heard of a change; the time of the last event follows, as ticks of the boot clock.</summary>
    public const string DeliveredPrefix = "delivered ";

    /// <summary>What a line begins with when everybody is back: how many are, how many were lost, and the ticks of the last one's return.</summary>
    public const string ReturnedPrefix = "returned ";

    private const int OpeningAtOnce = 64;

    /// <summary>Everybody watches one znode.</summary>
    public static async Task WatchAsync(Settings settings, CancellationToken stop)
    {
        StormSession[] sessions = await OpenAsync(settings, stop);
        await Parallel.ForEachAsync(sessions, Few(stop), async (session, cancel) => await session.WatchAsync(settings.Text("path"), cancel));
        await Console.Out.WriteLineAsync(ReadyLine);
        while (true)
        {
            await Task.WhenAll(sessions.Select(session => session.NextEventAsync(stop)));
            await Console.Out.WriteLineAsync($"{DeliveredPrefix}{BootClock.Now.Ticks}");
        }
    }

    /// <summary>Everybody comes back as soon as the server that went is there again, all at once and without any politeness.</summary>
    public static async Task ReturnAsync(Settings settings, CancellationToken stop)
    {
        StormSession[] sessions = await OpenAsync(settings, stop);
        await Console.Out.WriteLineAsync(ReadyLine);
        await Task.WhenAll(sessions.Select(session => session.EndAsync(stop)));
        var server = IPEndPoint.Parse(settings.Text("server"));
        await ServesAsync(server, stop);
        bool[] known = await Task.WhenAll(sessions.Select(session => ComeBackAsync(session, server, settings.Number("session-timeout"), stop)));
        int back = known.Count(static one => one);
        await Console.Out.WriteLineAsync($"{ReturnedPrefix}{back} {known.Length - back} {BootClock.Now.Ticks}");
        await Task.Delay(Timeout.Infinite, stop);
    }

    private static async Task<StormSession[]> OpenAsync(Settings settings, CancellationToken stop)
    {
        var server = IPEndPoint.Parse(settings.Text("server"));
        int timeout = settings.Number("session-timeout");
        StormSession[] sessions = [.. Enumerable.Range(0, settings.Number("count")).Select(static _ => new StormSession())];
        await Parallel.ForEachAsync(sessions, Few(stop), async (session, cancel) => await session.ConnectAsync(server, timeout, cancel));
        return sessions;
    }

    private static ParallelOptions Few(CancellationToken stop) => new() { MaxDegreeOfParallelism = OpeningAtOnce, CancellationToken = stop };

    private static async Task ServesAsync(IPEndPoint server, CancellationToken stop)
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(server, stop);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(5, stop);
            }
        }
    }

    private static async Task<bool> ComeBackAsync(StormSession session, IPEndPoint server, int timeout, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await session.ConnectAsync(server, timeout, stop);
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException)
            {
                // Pushed out of a full queue: once more.
                await Task.Delay(50, stop);
            }
        }
    }
}
