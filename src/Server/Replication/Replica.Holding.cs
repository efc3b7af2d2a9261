using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <content>
/// Clients over a change of leader: they stay, and their requests wait in their pipes, up to a limit. Those of whom something was on its way
/// are cut off, because only the ensemble knows what became of it.
/// </content>
internal sealed partial class Replica
{
    private long _holdUntil = long.MaxValue;
    private bool _areClientsHeld;
    private bool _refusesClients;

    private void HoldClients()
    {
        _areClientsHeld = true;
        foreach (ClientLink link in _links.Values)
        {
            if (link.Stage is LinkStage.Serving)
                link.IsHeld = true;
        }
    }

    private void HoldHandshake(ClientLink link, in ConnectRequest request)
    {
        if (_refusesClients)
        {
            CloseLink(link, CloseReason.NotServing);
            return;
        }

        _areClientsHeld = true;
        link.HeldHandshake = request;
        link.IsHeld = true;
    }

    private void ResumeClients()
    {
        _areClientsHeld = false;
        _refusesClients = false;
        foreach (ClientLink link in _links.Values)
        {
            if (!link.IsHeld || link.Stage == LinkStage.Closed)
                continue;

            link.IsHeld = false;
            Outbox.MarkDirty(link);
            if (link.HeldHandshake is { } handshake)
            {
                link.HeldHandshake = null;
                Connect(link, handshake);
            }
            else
            {
                AnswerWaiting(link);
            }
        }
    }

    /// <summary>A leader that hands over proposes nothing more, though it leads; should it come to nothing, it goes on.</summary>
    private void FollowPermission()
    {
        if (!_isServing)
            return;

        if (!MayTakeWrites)
        {
            if (!_areClientsHeld)
                HoldClients();
        }
        else if (_areClientsHeld)
        {
            ResumeClients();
        }
    }

    /// <summary>There is no leader, and has not been for too long: clients may find one elsewhere.</summary>
    private void GiveClientsUp()
    {
        _holdUntil = long.MaxValue;
        bool any = false;
        foreach (ClientLink link in _links.Values)
        {
            if (link.Stage == LinkStage.Closed || (link.Stage == LinkStage.Connecting && !link.IsHeld))
                continue;

            any = true;
            CloseLink(link, CloseReason.NotServing);
        }

        // From now on whoever comes is sent away at once.
        _refusesClients = true;
        if (any)
            Outbox.Trace.Add(new TraceEvent(TraceKind.ServiceChanged, OwnSid, "clients were sent away: there is no leader"));
    }

    /// <summary>
    /// What was under way in an earlier role, and is not known to be committed, is given up. Whoever waits for it is cut off: the requests may
    /// have been carried out, or still be.
    /// </summary>
    private void Abandon()
    {
        _unfinishedUpTo = Never;
        _proposer.Clear();
        _forwarded.Clear();
        _syncs.Clear();
        _syncMarks.Clear();
        _returning.Clear();
        _askedFor.Clear();
        _revalidated.Clear();
        _revalidations.Clear();
        _heldBack.Clear();
        _relays.Clear();
        _openedFor.Clear();
        _touched.Take();
        State.Sessions.ForgetLeadership();
        foreach (ClientLink link in _links.Values)
        {
            if (link.Stage == LinkStage.AwaitingSession || (link.Stage == LinkStage.Serving && link.Queue.HasPending))
                CloseLink(link, CloseReason.OutcomeUnknown);
        }
    }

    /// <summary>The turn of a write or a sync that had to wait: it sets out, if it can.</summary>
    /// <returns>True if it never will, so that it is to be refused.</returns>
    private bool IsRefusedAtItsTurn(ClientLink link, ReadOnlySpan<byte> frame)
    {
        if (!MayTakeWrites || link.Session!.IsClosing)
            return false;

        var reader = new JuteReader(frame, _options.MaxBufferBytes);
        RequestHeader header = RequestHeader.Read(ref reader);
        switch (OperationTable.Find(header.Type))
        {
            case WriteOperation write when Begin(link, header, write, ref reader, frame):
                Statistics.WaitingBytes -= link.Queue.BeginWaiting(isSync: false);
                return false;
            case SyncOperation when BeginSync(link, header, ref reader, frame):
                Statistics.WaitingBytes -= link.Queue.BeginWaiting(isSync: true);
                return false;
            default:
                return true;
        }
    }
}
