using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <content>How the leader is connected to.</content>
internal sealed partial class LearnerTransport
{
    private Attempt? _attempt;
    private long _lastAttempt;

    /// <summary>
    /// Begins to connect to a leader, and ends any earlier attempt, of which nothing more is heard. Names are resolved anew for every try:
    /// a server that has moved is found at its new place.
    /// </summary>
    /// <param name="addresses">All addresses of the leader's quorum port; tried in this order.</param>
    /// <returns>The number of the attempt.</returns>
    public long Connect(IReadOnlyList<HostPort> addresses)
    {
        EndAttempt();
        Attempt attempt = new(++_lastAttempt, addresses);
        _attempt = attempt;
        Thread thread = new(() => Run(attempt)) { IsBackground = true, Name = "Coordination connect" };
        thread.Start();
        return attempt.Number;
    }

    /// <summary>Ends the attempt that is under way.</summary>
    private void EndAttempt()
    {
        _attempt?.End();
        _attempt = null;
    }

    private void Run(Attempt attempt)
    {
        try
        {
            string reason = "it has no address";
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < _options.Tries && !attempt.IsOver; i++)
            {
                if (i > 0 && attempt.Wait(_options.Pause))
                    return;

                int descriptor = TryAll(attempt, start, out IPEndPoint? remote, ref reason);
                if (descriptor >= 0)
                {
                    _thread.Run(() => Reached(attempt, descriptor, remote!));
                    return;
                }

                if (Left(start) <= 0)
                    break;
            }

            _thread.Run(() => GiveUp(attempt, reason));
        }
        catch (Exception e)
        {
            _events.Failed(e);
        }
    }

    private int TryAll(Attempt attempt, long start, out IPEndPoint? remote, ref string reason)
    {
        // One address that swallows everything must leave time for the others, and for another try.
        long patience = Math.Max(1, (long)_options.ConnectLimit.TotalMilliseconds / Math.Max(2, attempt.Addresses.Count * 2));
        foreach (HostPort address in attempt.Addresses)
        {
            foreach (IPAddress ip in Resolve(address.Host, ref reason))
            {
                remote = new IPEndPoint(ip, address.Port);
                int result = TcpSocket.Connect(remote, Math.Min(patience, Left(start)), () => attempt.IsOver);
                if (result >= 0)
                    return result;

                reason = $"{remote}: {TcpSocket.Describe(result)}";
                if (attempt.IsOver)
                    return -1;
            }
        }

        remote = null;
        return -1;
    }

    private long Left(long start) => (long)(_options.ConnectLimit - Stopwatch.GetElapsedTime(start)).TotalMilliseconds;

    private static IPAddress[] Resolve(string host, ref string reason)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException e)
        {
            reason = $"{host}: {e.Message}";
            return [];
        }
    }

    private void Reached(Attempt attempt, int descriptor, IPEndPoint remote)
    {
        if (_isStopped || attempt != _attempt)
        {
            TcpSocket.Reset(descriptor);
            return;
        }

        _attempt = null;
        if (Adopt(descriptor, remote) is { } connection)
            _events.LeaderReached(attempt.Number, connection);
        else
            _events.LeaderUnreachable(attempt.Number, "the system watches no further descriptor");
    }

    private void GiveUp(Attempt attempt, string reason)
    {
        if (_isStopped || attempt != _attempt)
            return;

        _attempt = null;
        _events.LeaderUnreachable(attempt.Number, reason);
    }

    /// <summary>One attempt, which two threads know.</summary>
    private sealed class Attempt(long number, IReadOnlyList<HostPort> addresses)
    {
        private readonly object _gate = new();
        private bool _isOver;

        public long Number { get; } = number;

        public IReadOnlyList<HostPort> Addresses { get; } = addresses;

        public bool IsOver
        {
            get
            {
                lock (_gate)
                    return _isOver;
            }
        }

        /// <summary>Waits; true if nobody wants it any more.</summary>
        public bool Wait(TimeSpan pause)
        {
            lock (_gate)
            {
                if (!_isOver)
                    Monitor.Wait(_gate, pause);
                return _isOver;
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _isOver = true;
                Monitor.Pulse(_gate);
            }
        }
    }
}
