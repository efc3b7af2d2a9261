using Coordination.Protocol;
using Coordination.Server.Consensus.Roles;

namespace Coordination.Server.Consensus;

/// <content>Everything that can happen to a member.</content>
internal sealed partial class ZabPeer
{
    private bool _isStarted;

    /// <summary>Sets the time for the inputs that follow.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    public void BeginTurn(long now)
    {
        Now = now;
        if (_isStarted)
            return;

        _isStarted = true;
        _role.Enter();
        AfterElectionStep();
    }

    /// <summary>All inputs of the turn are in: commits, acknowledges and asks what follows from them. Then deliver.</summary>
    public void CompleteTurn()
    {
        _role.CompleteTurn();
        AfterElectionStep();
    }

    /// <summary>Input: time has passed.</summary>
    public void Tick()
    {
        _role.Tick();
        AfterElectionStep();
    }

    /// <summary>Input: a notification arrived on an election connection.</summary>
    public void Receive(long sid, in ElectionNotification notification)
    {
        if (_role is LookingRole looking)
            looking.Receive(sid, notification);
        else
            Election.Receive(sid, notification, Now);
        if (_role is LeadingRole leading)
            leading.Hear(sid, notification);
        AfterElectionStep();
    }

    /// <summary>Input: a server's election port can be reached, or cannot.</summary>
    public void SetReachable(long sid, bool isReachable)
    {
        Election.SetReachable(sid, isReachable, Now);
        AfterElectionStep();
    }

    /// <summary>Input: somebody has connected to the quorum port. What it is shows its first packet.</summary>
    public void LearnerArrived(PeerLink link)
    {
        InvariantException.Require(link.IsIncoming, "A learner comes to its leader.");
        link.ArrivedAt = Now;
    }

    /// <summary>Input: the connection to the leader stands.</summary>
    public void LeaderReached(PeerLink link) => _role.LeaderReached(link);

    /// <summary>Input: the leader cannot be connected to.</summary>
    public void LeaderUnreachable(long sid)
    {
        _role.LeaderUnreachable(sid);
        AfterElectionStep();
    }

    /// <summary>Input: a packet arrived on a link.</summary>
    public void Receive(PeerLink link, in QuorumPacketView packet)
    {
        if (link.IsOver)
            return;

        try
        {
            if (link is { IsIncoming: true, Learner: null })
                ReceiveFirst(link, packet);
            else
                _role.Receive(link, packet);
        }
        catch (JuteFormatException malformed)
        {
            Violation(link, $"{packet.Type} cannot be read: {malformed.Message}");
        }

        AfterElectionStep();
    }

    /// <summary>Input: a link is gone.</summary>
    public void Lost(PeerLink link)
    {
        bool wasOver = link.IsOver;
        link.Close = link.IsOver ? link.Close : LinkCloseReason.RoleChanged;
        _waiting.Remove(link);
        if (!wasOver)
            _role.Lost(link);
        AfterElectionStep();
    }

    /// <summary>Input: every entry up to a zxid is on this disk and synced.</summary>
    public void Persisted(Zxid zxid)
    {
        History.Persist(zxid);
        _role.Persisted();
        AfterElectionStep();
    }

    /// <summary>Input: both epochs are on this disk and synced.</summary>
    public void EpochsSaved(int accepted, int current)
    {
        Epochs.Saved(accepted, current);
        _role.EpochsSaved();
        AfterElectionStep();
    }

    /// <summary>Input: the log ends at this zxid, no snapshot holds anything beyond it, and neither does the tree.</summary>
    public void Truncated(Zxid zxid)
    {
        _orders--;
        History.Truncate(zxid);
        _role.Truncated();
        AfterElectionStep();
    }

    /// <summary>Input: there is no such entry in the log; nothing has changed.</summary>
    public void TruncationFailed()
    {
        _orders--;
        _role.TruncationFailed();
        AfterElectionStep();
    }

    /// <summary>Input: the received snapshot and the entries applied to it have taken the place of tree and log, durably.</summary>
    public void SnapshotInstalled(Zxid zxid)
    {
        _orders--;
        History.Reset(zxid);
        _role.Truncated();
        AfterElectionStep();
    }

    /// <summary>Input: a snapshot has been read from the leader's link, to its end.</summary>
    public void SnapshotLoaded(PeerLink link)
    {
        if (!link.IsOver)
            _role.SnapshotLoaded(link);
    }

    /// <summary>Input: the files know the last entry at or before the one asked for; null if a snapshot is the better way.</summary>
    public void HistoryLocated(PeerLink link, Zxid? start)
    {
        if (!link.IsOver)
            _role.HistoryLocated(link, start);
    }

    /// <summary>Input: the entries up to a zxid have been written to a learner's link.</summary>
    public void HistorySent(PeerLink link, Zxid upTo)
    {
        if (!link.IsOver)
            _role.TransferDone(link, upTo);
    }

    /// <summary>Input: a snapshot as of a zxid has been written to a learner's link.</summary>
    public void SnapshotSent(PeerLink link, Zxid zxid)
    {
        if (!link.IsOver)
            _role.TransferDone(link, zxid);
    }

    /// <summary>
    /// The first packet tells who comes. It may come before this server knows that it leads: the others may have been faster with their
    /// count. Then it waits; one that comes to a server which does not lead is told so by the end of its link.
    /// </summary>
    private void ReceiveFirst(PeerLink link, in QuorumPacketView packet)
    {
        if (packet.Type is not (QuorumPacketType.FollowerInfo or QuorumPacketType.ObserverInfo))
        {
            Violation(link, $"{packet.Type} comes before it is known from whom");
            return;
        }

        LearnerInfo info = packet.ReadData<LearnerInfo>();
        if (info.ProtocolVersion is not { } version || version < LearnerInfo.ApacheVersion)
        {
            Close(link, LinkCloseReason.Refused, $"server {info.ServerId} speaks a protocol older than ZAB 1.0");
            return;
        }

        link.Sid = info.ServerId;
        if (Options.ReconfigEnabled && info.ConfigurationVersion > Membership.Committed.Version)
        {
            Close(link, LinkCloseReason.Refused, $"server {info.ServerId} knows a newer configuration than this one");
            return;
        }

        link.Learner = new Leading.LearnerProgress(link, Now)
        {
            IsObserver = packet.Type == QuorumPacketType.ObserverInfo,
            IsOwn = info.IsOwn,
            AcceptedEpoch = packet.Zxid.Epoch,
        };
        if (_role is LeadingRole leading)
            leading.Arrived(link);
        else if (MayComeToLead(link.Learner) && _waiting.Count < MaxWaiting)
            _waiting.Add(link);
        else
            Close(link, LinkCloseReason.RoleChanged);
    }

    /// <summary>
    /// One that follows may be about to hear that leadership is handed over to it, and others of ours have heard it before.
    /// </summary>
    private bool MayComeToLead(Leading.LearnerProgress learner) =>
        _role is LookingRole || (learner.IsOwn && _role is FollowingRole { IsServing: true });

    /// <summary>Learners that may wait for this server to lead.</summary>
    private const int MaxWaiting = 64;

    /// <summary>When the first of those who wait has waited long enough.</summary>
    internal long WaitingUntil => _waiting.Count == 0 ? long.MaxValue : _waiting[0].Learner!.HeardAt + Options.Tick;

    /// <summary>Whoever waits for long has counted wrongly, or others have counted again.</summary>
    internal void CloseWaiting()
    {
        while (WaitingUntil <= Now)
        {
            Close(_waiting[0], LinkCloseReason.RoleChanged);
            _waiting.RemoveAt(0);
        }
    }
}
