using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>
/// The first part of a turn: reads of several connections are received, answered and sent on several threads, over a tree that nobody
/// changes meanwhile. Whatever is more than a read that leaves nothing behind stays in its connection's buffer for the owner.
/// </summary>
/// <remarks>
/// A connection takes part only if nothing of its session is on its way, so its reads see its own writes; one thread works off a
/// connection from its first byte to its last, so replies stand in the order of requests; and no event can arise while nothing changes, so
/// every event that a reply may show stands before it already.
/// </remarks>
internal sealed class ReadPhase
{
    /// <summary>With fewer connections the owner is through before a helper is awake.</summary>
    private const int LeastConnections = 3;

    /// <summary>Reads of one connection in a row, after which it waits for the owner.</summary>
    private const int ReadsInARow = 4;

    private readonly Replica _replica;
    private readonly TrafficLimits _limits;
    private readonly MonotonicClock _clock;
    private readonly Crew _crew;
    private readonly Action<int> _serve;
    private readonly Action<ConnectedClient> _unread;
    private readonly List<ConnectedClient> _clients = [];

    /// <param name="replica">Answers.</param>
    /// <param name="parts">What one connection may take, and by which clock.</param>
    /// <param name="crew">The threads.</param>
    /// <param name="unread">Hears of a client that has not taken all of its replies.</param>
    public ReadPhase(Replica replica, ReplicaLoopParts parts, Crew crew, Action<ConnectedClient> unread)
    {
        _unread = unread;
        _replica = replica;
        _limits = parts.Limits;
        _clock = parts.Clock;
        _crew = crew;
        _serve = index => Serve(_clients[index]);
    }

    /// <summary>Serves those connections among a turn's inputs that may be served beside one another.</summary>
    public void Run(List<LoopInput> inputs)
    {
        if (inputs.Count < LeastConnections || inputs.Count > Crew.MaxPieces)
            return;

        foreach (LoopInput input in inputs)
        {
            if (input is { Kind: LoopInputKind.Readable, Target: PolledConnection { Owner: ConnectedClient client } } && MayServe(client))
            {
                client.IsInReadPhase = true;
                _clients.Add(client);
            }
        }

        if (_clients.Count >= LeastConnections)
            _crew.Run(_clients.Count, _serve);
        foreach (ConnectedClient client in _clients)
        {
            client.IsInReadPhase = false;
            if (client.Link.Beside.Count > 0)
                _replica.CountBeside(client.Link);
            if (client.Connection.IsSending)
                _unread(client);
        }

        _clients.Clear();
    }

    private static bool MayServe(ConnectedClient client) =>
        !client.IsInReadPhase
        && client is { IsAttached: true, HasSession: true, IsClosing: false, IsStalled: false, Connection.IsSending: false }
        && Replica.MayAnswerBeside(client.Link);

    private void Serve(ConnectedClient client)
    {
        var connection = (PolledConnection)client.Connection;
        connection.EndRead();
        client.IsServed = Answer(client.Link, connection);
        if (client.Link.Output.Length > 0)
            ClientTraffic.Send(client);
    }

    /// <returns>Whether nothing is left for the owner.</returns>
    private bool Answer(ClientLink link, PolledConnection connection)
    {
        TurnShare share = new(_limits, _clock);
        for (int reads = 1; ; reads++)
        {
            while (connection.TryTake(_limits.MaxFrame, out ReadOnlySpan<byte> frame) is var status && status != FrameStatus.Incomplete)
            {
                if (status == FrameStatus.Refused)
                    return false;
                if (share.IsUsedUp() || link.Output.Length >= _limits.PauseReadingAt || !_replica.TryAnswerBeside(link, frame))
                {
                    connection.PutBack(frame.Length);
                    return false;
                }

                share.Take(frame.Length);
            }

            if (connection.HasEnded || reads == ReadsInARow)
                return false;
            if (!connection.Read())
                return true;
        }
    }
}
