using Coordination.Server.Hosting.Words;
using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>
/// Moves frames from connections into the replica and replies back, within the limits. All of it runs in turns, by the owner.
/// </summary>
internal sealed partial class ClientTraffic : IAnswerShare
{
    /// <summary>Reads of one connection in a row, after which others get a chance.</summary>
    private const int ReadsInARow = 16;

    private readonly Replica _replica;
    private readonly TrafficLimits _limits;
    private readonly MonotonicClock _clock;
    private readonly Action<LoopInput> _post;
    private readonly Action<LoopInput> _postBriefly;
    private readonly Action<Action> _aside;
    private readonly FourLetterWords _words;
    private readonly ServerLog _log;
    private readonly ServerMetrics _metrics;
    private readonly Dictionary<long, ConnectedClient> _clients = [];
    private readonly List<ConnectedClient> _stalled = [];
    private readonly LinkedList<ConnectedClient> _sessionless = [];
    private readonly List<ConnectedClient> _closing = [];
    private readonly Crew? _crew;
    private readonly Action<int> _sendAhead;
    private List<ClientLink> _dirty = [];
    private long _lastId;
    private long _turn;
    private long _now;
    private int _bytesToLog;
    private bool _isStopping;

    /// <param name="replica">What requests are for.</param>
    /// <param name="parts">Limits and the like.</param>
    /// <param name="post">Takes inputs for later turns.</param>
    /// <param name="postBriefly">The same for threads that have other things to do than to run turns.</param>
    /// <param name="aside">Has something done beside the turns.</param>
    public ClientTraffic(
        Replica replica, ReplicaLoopParts parts, Action<LoopInput> post, Action<LoopInput> postBriefly, Action<Action> aside)
    {
        _postBriefly = postBriefly;
        _aside = aside;
        _crew = parts.Crew;
        _sendAhead = SendAhead;
        _replica = replica;
        _replica.AnswerShare = this;
        _limits = parts.Limits;
        _clock = parts.Clock;
        _post = post;
        _words = parts.Words;
        _log = parts.Log;
        _metrics = parts.Metrics;
        _throttle = new ConnectionThrottle(parts.Limits.Throttle, parts.Chance, now: 0);
    }

    /// <summary>Open connections, in the order of their arrival as long as none has gone.</summary>
    public IReadOnlyCollection<ConnectedClient> Clients => _clients.Values;

    /// <summary>Connections whose time without a session is being counted; those that have a session by now leave when it is over.</summary>
    public int SessionlessCount => _sessionless.Count;

    /// <summary>A turn begins.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <param name="bytesToLog">What waits for the disk.</param>
    public void BeginTurn(long now, int bytesToLog)
    {
        _turn++;
        _now = now;
        _bytesToLog = bytesToLog;
    }

    /// <summary>A connection was accepted.</summary>
    public void Accept(ClientConnection connection, ReplicaTime now)
    {
        if (_isStopping)
        {
            connection.Abort();
            return;
        }

        ConnectedClient client = new(connection, ++_lastId, now.MonotonicMilliseconds);
        _clients.Add(client.Link.Id, client);
        _sessionless.AddLast(client.Sessionless);
        NextDueAt = Math.Min(NextDueAt, client.AcceptedAt + (long)_limits.SessionlessTimeout.TotalMilliseconds);
        _metrics.ConnectionOpened();
        if (connection.Read())
            Deliver(client);
    }

    /// <inheritdoc/>
    public bool TryTake(ClientLink link, int length)
    {
        var client = (ConnectedClient)link.Owner!;
        if (client.AnsweredInTurn != _turn)
        {
            client.AnsweredInTurn = _turn;
            client.AnswerShare = new TurnShare(_limits, _clock);
        }

        if (client.AnswerShare.IsUsedUp())
            return false;

        client.AnswerShare.Take(length);
        return true;
    }

    /// <summary>Bytes arrived, or a limit has fallen.</summary>
    public void Readable(ClientConnection connection)
    {
        if (connection.Owner is ConnectedClient { IsServed: true } served)
        {
            served.IsServed = false;
            return;
        }

        connection.EndRead();
        if (connection.Owner is ConnectedClient { IsGone: false } client)
            Deliver(client);
    }

    /// <summary>The socket takes bytes again.</summary>
    public void Writable(ClientConnection connection)
    {
        connection.EndSend();
        if (connection.Owner is not ConnectedClient { IsGone: false } client)
            return;

        Pump(client);
        if (client.Answer is not null)
            Answering(client);
        if (client.IsStalled)
            Resume(client);
    }

    /// <summary>Hands whole frames to the replica until there is none, a limit is reached, or the connection ends.</summary>
    private void Deliver(ConnectedClient client)
    {
        TurnShare share = new(_limits, _clock);
        for (int reads = 0; client is { IsClosing: false, IsAsking: false, Answer: null }; reads++)
        {
            if (!client.IsAttached && !Attach(client))
                return;
            if (!TakeFrames(client, ref share))
                return;

            if (client.Connection.HasEnded)
            {
                if (client.HasSession)
                    _metrics.ConnectionDropped();
                Close(client);
                return;
            }

            if (reads == ReadsInARow)
            {
                _post(new LoopInput(LoopInputKind.Readable, client.Connection));
                return;
            }

            if (!client.Connection.Read())
                return;
        }
    }

    /// <summary>Looks at the first word of a connection. False if it was a four-letter word, which is answered here.</summary>
    private bool Attach(ConnectedClient client)
    {
        if (!client.Connection.TryPeekWord(out int word))
            return true;

        if (FourLetterWords.IsWord(word))
        {
            Ask(client, word);
            return false;
        }

        client.IsAttached = true;
        _replica.Accept(client.Link, client.Connection.CertificateSubject);
        return true;
    }

    /// <summary>False when no more bytes are wanted for now.</summary>
    private bool TakeFrames(ConnectedClient client, ref TurnShare share)
    {
        ClientLink link = client.Link;
        while (true)
        {
            if (!MayReceive(client))
            {
                Stall(client);
                return false;
            }

            if (share.IsUsedUp())
            {
                _post(new LoopInput(LoopInputKind.Readable, client.Connection));
                return false;
            }

            int limit = client.SentHandshake ? _limits.MaxFrame : Math.Min(_limits.MaxFrame, _limits.MaxHandshake);
            switch (client.Connection.TryTake(limit, out ReadOnlySpan<byte> frame))
            {
                case FrameStatus.Incomplete:
                    return true;
                case FrameStatus.Refused:
                    client.Connection.TryPeekWord(out int length);
                    _log.FrameRefused(client.Connection.RemoteAddress, length, limit);
                    Close(client);
                    return false;
            }

            if (!Admit(client, frame))
                return false;

            client.SentHandshake = true;
            share.Take(frame.Length);
            _replica.Receive(link, frame);
            HoldLarge(client, frame.Length);
            if (link.Close != CloseReason.None)
                return false;
        }
    }

    private bool MayReceive(ConnectedClient client)
    {
        ClientLink link = client.Link;
        return !_isStopping
            && !link.AwaitsSession
            && !link.IsHeld
            && (link.Outstanding == 0 || _replica.Statistics.Outstanding < _limits.MaxOutstanding)
            && client.Unread < _limits.PauseReadingAt
            && link.WaitingReads < _limits.MaxWaitingReads
            && link.WaitingBytes < _limits.MaxWaitingBytes
            && _bytesToLog + _replica.Outbox.Log.Bytes.Length + _replica.Statistics.WaitingBytes < _limits.MaxBytesToLog;
    }

    private void Stall(ConnectedClient client)
    {
        if (client.IsStalled)
            return;

        client.IsStalled = true;
        _stalled.Add(client);
        CountUnread(client);
    }

    private void Resume(ConnectedClient client)
    {
        if (!client.IsClosing && !MayReceive(client))
            return;

        _stalled.Remove(client);
        Wake(client);
    }

    private void Wake(ConnectedClient client)
    {
        client.IsStalled = false;
        _post(new LoopInput(LoopInputKind.Readable, client.Connection));
    }
}
