using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Opens many connections at a pace that a listener's backlog bears, lets each misbehave, and counts how they end.</summary>
internal sealed class Crowd(string kind, IPEndPoint server, int count) : IDisposable
{
    private const int OpeningAtOnce = 128;

    /// <summary>The longest that a peer waits for the server to end it; half as much again as the server should need.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly SemaphoreSlim _opening = new(OpeningAtOnce, OpeningAtOnce);
    private readonly ConcurrentBag<TimeSpan> _lives = [];
    private int _opened;
    private int _unopened;

    /// <summary>Runs the crowd to its end and prints what became of it.</summary>
    /// <param name="kind">As the report calls it.</param>
    /// <param name="server">Where to.</param>
    /// <param name="count">How many.</param>
    /// <param name="misbehave">Given the socket and the peer's number, what it does; the wait for the end comes afterwards.</param>
    /// <param name="stop">Ends everything.</param>
    public static async Task RunAsync(
        string kind, IPEndPoint server, int count, Func<Socket, int, CancellationToken, Task> misbehave, CancellationToken stop)
    {
        using var crowd = new Crowd(kind, server, count);
        await crowd.RunAsync(misbehave, stop);
    }

    public void Dispose() => _opening.Dispose();

    private async Task RunAsync(Func<Socket, int, CancellationToken, Task> misbehave, CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(number => LiveAsync(number, misbehave, stop)).ToArray());
        TimeSpan[] lives = [.. _lives.Order()];
        await Console.Out.WriteLineAsync(new CrowdReport(
            kind, _opened, _unopened, lives.Length, lives.FirstOrDefault(), lives.ElementAtOrDefault(lives.Length / 2), lives.LastOrDefault()).ToLine());
    }

    private async Task LiveAsync(int number, Func<Socket, int, CancellationToken, Task> misbehave, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _opening.WaitAsync(stop);

        // Not when the connection stands: a crowd keeps its own process so busy that it may hear of that a second late.
        TimeSpan born = BootClock.Now;
        try
        {
            await socket.ConnectAsync(server, stop);
            Interlocked.Increment(ref _opened);
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _unopened);
            return;
        }
        finally
        {
            _opening.Release();
        }

        if (await EndsAsync(socket, number, misbehave, stop))
            _lives.Add(BootClock.Now - born);
    }

    private static async Task<bool> EndsAsync(Socket socket, int number, Func<Socket, int, CancellationToken, Task> misbehave, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            Task reading = ReadToEndAsync(socket, patience.Token);
            using var readingEnded = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            Task acting = misbehave(socket, number, readingEnded.Token);
            await reading;
            await readingEnded.CancelAsync();
            await acting;
            return true;
        }
        catch (OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            return !patience.IsCancellationRequested;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task ReadToEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) > 0)
            {
                // Whatever the server says to such a peer, only the end counts.
            }
        }
        catch (SocketException)
        {
            // A reset is an end.
        }
    }
}
