using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

internal sealed partial class ClientTraffic
{
    /// <summary>Output larger than this is given back to the pool after it was sent, so that idle connections stay small.</summary>
    private const int KeptOutput = 4096;

    /// <summary>Room that an idle connection keeps for its next reply.</summary>
    private const int IdleOutput = 256;

    /// <summary>Outputs in a turn from which on sending them on several threads is worth it, as when a change is seen by many.</summary>
    private const int ManyOutputs = 64;

    /// <summary>When something here is due next, monotonic milliseconds.</summary>
    public long NextDueAt { get; private set; } = long.MaxValue;

    /// <summary>Carries out what a turn wants of the connections.</summary>
    public void SendDirty(List<ClientLink> dirty)
    {
        if (_crew is not null && dirty.Count is >= ManyOutputs && dirty.Count <= Crew.MaxPieces)
        {
            _dirty = dirty;
            _crew.Run(dirty.Count, _sendAhead);
        }

        foreach (ClientLink link in dirty)
        {
            Pump((ConnectedClient)link.Owner!);
        }

        if (_unread > _limits.MaxTotalUnread)
            CutLargest();
        _metrics.UnreadBytes = _unread;
        ResumeStalled();
    }

    /// <summary>On any thread of the crew: hands one output over, if nothing but that is to be done.</summary>
    private void SendAhead(int index)
    {
        ClientLink link = _dirty[index];
        if (link is { Close: CloseReason.None, Output.Length: > 0, Owner: ConnectedClient { IsGone: false, IsClosing: false } client }
            && client.Connection is PolledConnection { IsSending: false })
        {
            Send(client);
        }
    }

    /// <summary>One pass that keeps the order: with thousands of them, taking each out of the list by itself would take all day.</summary>
    private void ResumeStalled()
    {
        int kept = 0;
        for (int i = 0; i < _stalled.Count; i++)
        {
            ConnectedClient client = _stalled[i];
            if (client.IsClosing || MayReceive(client))
                Wake(client);
            else
                _stalled[kept++] = client;
        }

        _stalled.RemoveRange(kept, _stalled.Count - kept);
    }

    /// <summary>Time has passed: cuts connections that have had their time.</summary>
    public void CheckTime()
    {
        long now = _now;
        long timeout = (long)_limits.SessionlessTimeout.TotalMilliseconds;
        NextDueAt = long.MaxValue;
        while (_sessionless.First is { Value: var client } oldest)
        {
            if (!client.HasSession && client.AcceptedAt + timeout > now)
            {
                NextDueAt = client.AcceptedAt + timeout;
                break;
            }

            _sessionless.Remove(oldest);
            if (client.HasSession)
                continue;

            _log.Sessionless(client.Connection.RemoteAddress, _limits.SessionlessTimeout);
            _metrics.SessionlessExpired();
            Cut(client);
        }

        for (int i = _closing.Count - 1; i >= 0; i--)
        {
            ConnectedClient client = _closing[i];
            if (client.IsGone)
                _closing.RemoveAt(i);
            else if (client.CloseBy <= now)
                Cut(client);
            else
                NextDueAt = Math.Min(NextDueAt, client.CloseBy);
        }

        CheckUnread();
    }

    /// <summary>Takes no more frames; what was taken is still answered.</summary>
    public void StopReading() => _isStopping = true;

    /// <summary>Ends every connection after its output; new ones are turned away.</summary>
    public void CloseAll()
    {
        _isStopping = true;
        foreach (ConnectedClient client in _clients.Values.ToArray())
            Close(client);
    }

    /// <summary>Ends every connection at once, without asking the replica: it has failed, and nothing may be acknowledged any more.</summary>
    public void AbortAll()
    {
        _isStopping = true;
        foreach (ConnectedClient client in _clients.Values)
        {
            client.IsGone = true;
            client.Connection.Abort();
        }

        _clients.Clear();
        _stalled.Clear();
        _unread = 0;
    }

    /// <summary>Sends what is there if the socket takes it, and watches over what it does not take.</summary>
    private void Pump(ConnectedClient client)
    {
        if (client.IsGone)
            return;

        ClientLink link = client.Link;
        if (client.LargeBytes > 0 && link.Outstanding == 0)
            ReleaseLarge(client);
        int length = link.Output.Length;
        if (!client.Connection.IsSending)
        {
            client.Backlog = 0;
            if (length > 0)
                Send(client);
        }
        else if (client.Backlog > _limits.MaxBacklog)
        {
            _log.SlowReader(client.Connection.RemoteAddress, client.Backlog, _limits.MaxBacklog);
            CutSlow(client);
            return;
        }
        else
        {
            client.Backlog = length;
        }

        CountUnread(client);
        if (link.Close != CloseReason.None || client.IsClosing)
            Close(client);
    }

    /// <summary>Hands the output over. Not while the connection is sending.</summary>
    public static void Send(ConnectedClient client)
    {
        int length = client.Link.Output.Length;
        client.Connection.Send(client.Link.Output);
        if (length > KeptOutput)
            client.Link.Output.Shrink(IdleOutput);
    }

    /// <summary>Ends a connection after its output. The replica hears of it at once: no reply to it can matter any more.</summary>
    private void Close(ConnectedClient client)
    {
        if (client.IsGone)
            return;

        if (!client.IsClosing)
        {
            client.IsClosing = true;
            Detach(client);
        }

        if (!client.Connection.IsSending && client.Link.Output.Length > 0)
            Send(client);
        if (!client.Connection.IsSending)
        {
            client.Connection.Close();
            Forget(client);
        }
        else if (client.CloseBy == long.MaxValue)
        {
            client.CloseBy = _now + (long)_limits.CloseTimeout.TotalMilliseconds;
            _closing.Add(client);
            NextDueAt = Math.Min(NextDueAt, client.CloseBy);
        }
    }

    private void Cut(ConnectedClient client)
    {
        if (client.IsGone)
            return;

        if (!client.IsClosing)
        {
            client.IsClosing = true;
            Detach(client);
        }

        client.Connection.Abort();
        Forget(client);
    }

    private void Detach(ConnectedClient client)
    {
        if (client.IsAttached)
            _replica.Disconnected(client.Link);
    }

    private void Forget(ConnectedClient client)
    {
        client.IsGone = true;
        ReleaseLarge(client);
        ForgetUnread(client);
        _clients.Remove(client.Link.Id);
        if (client.Sessionless.List is { } waiting)
            waiting.Remove(client.Sessionless);
        if (client.IsStalled)
            _stalled.Remove(client);
        client.Link.Output.Shrink(IdleOutput);
        _metrics.ConnectionClosed();
    }
}
