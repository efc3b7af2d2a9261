using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Sessions that do nothing but ping. Says <see cref="ReadyLine"/> when all are open, and pings until it is killed.</summary>
internal static class IdleSessions
{
    /// <summary>What a line of output says when all sessions are open.</summary>
    public const string ReadyLine = "ready";

    private const int OpeningAtOnce = 64;

    public static async Task RunAsync(Settings settings, CancellationToken stop)
    {
        var server = IPEndPoint.Parse(settings.Text("server"));
        int timeout = settings.Number("session-timeout");
        IdleSession[] sessions = [.. Enumerable.Range(0, settings.Number("count")).Select(_ => new IdleSession())];
        Task pinging = PingAsync(sessions, TimeSpan.FromMilliseconds(timeout / 3.0), stop);
        await Parallel.ForEachAsync(
            sessions,
            new ParallelOptions { MaxDegreeOfParallelism = OpeningAtOnce, CancellationToken = stop },
            async (session, cancel) => await session.OpenAsync(server, timeout, cancel));
        await Console.Out.WriteLineAsync(ReadyLine);
        await pinging;
    }

    private static async Task PingAsync(IdleSession[] sessions, TimeSpan interval, CancellationToken stop)
    {
        // A tenth of the sessions at a time, so that the server sees a stream and no bursts.
        const int Slices = 10;
        using var timer = new PeriodicTimer(interval / Slices);
        for (int slice = 0; await timer.WaitForNextTickAsync(stop); slice = (slice + 1) % Slices)
        {
            for (int i = slice; i < sessions.Length; i += Slices)
                await sessions[i].PingAsync(stop);
            if (slice == 0)
                await Console.Out.WriteLineAsync($"alive {sessions.Count(session => session.IsAlive)} replies {sessions.Sum(session => session.Replies)}");
        }
    }

    private sealed class IdleSession : IDisposable
    {
        private static readonly byte[] PingFrame = [0, 0, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 11];

        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[256];
        private long _received;

        public bool IsAlive { get; private set; }

        /// <summary>A reply to a ping is a header of 16 bytes behind a length of 4.</summary>
        public long Replies => Interlocked.Read(ref _received) / 20;

        public async Task OpenAsync(IPEndPoint server, int timeout, CancellationToken cancellationToken)
        {
            await _socket.ConnectAsync(server, cancellationToken);
            byte[] request = new byte[48];
            BinaryPrimitives.WriteInt32BigEndian(request, 44);
            BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(16), timeout);
            BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(28), 16);
            await _socket.SendAsync(request, cancellationToken);

            // The answer without the read-only byte: length, version, timeout, id, password.
            byte[] answer = new byte[40];
            for (int read = 0; read < answer.Length;)
            {
                int count = await _socket.ReceiveAsync(answer.AsMemory(read), cancellationToken);
                if (count == 0)
                    throw new IOException("The server closed instead of granting a session.");
                read += count;
            }

            var response = ReadResponse(answer);
            if (response.SessionId == 0)
                throw new IOException("The server refused a session.");
            IsAlive = true;
            _ = DrainAsync();
        }

        public async Task PingAsync(CancellationToken cancellationToken)
        {
            if (!IsAlive)
                return;

            try
            {
                await _socket.SendAsync(PingFrame, cancellationToken);
            }
            catch (SocketException)
            {
                IsAlive = false;
            }
        }

        public void Dispose() => _socket.Dispose();

        private static ConnectResponse ReadResponse(byte[] frame)
        {
            JuteReader reader = new(frame.AsSpan(sizeof(int)));
            return ConnectResponse.Read(ref reader);
        }

        private async Task DrainAsync()
        {
            try
            {
                while (await _socket.ReceiveAsync(_buffer) is > 0 and int count)
                    Interlocked.Add(ref _received, count);
            }
            catch (SocketException)
            {
                // Reset: the session's connection is gone all the same.
            }

            IsAlive = false;
        }
    }
}
