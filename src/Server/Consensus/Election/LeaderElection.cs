using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>
/// Fast leader election, as Apache's servers hold it. It runs from <see cref="Begin"/> until there is an <see cref="Outcome"/>; before
/// and after, the same object tells others what became of it, so everything that arrives on election connections goes to
/// <see cref="Receive"/> whatever this server is doing. What it has to say is appended to <see cref="Outbox"/>; time is an argument.
/// </summary>
/// <remarks>
/// No message is relied upon: any may be lost, repeated, late, or be the last one of a time long past that is sent again when a connection
/// is made anew.
/// </remarks>
internal sealed partial class LeaderElection(ElectionOptions options, Electorate electorate)
{
    private const long Never = long.MaxValue;

    private readonly VoteTable _round = new();
    private readonly VoteTable _established = new();
    private readonly SortedSet<long> _unreachable = [];

    private Vote _initial;
    private long _interval;
    private long _resendAt = Never;
    private long _finalAt = Never;
    private bool _isObserver;

    /// <summary>What is to be sent; the owner empties it. Of several to one server the last suffices.</summary>
    public List<OutgoingNotification> Outbox { get; } = [];

    /// <summary>What this server is doing, as it tells others.</summary>
    public PeerState State { get; private set; }

    /// <summary>
    /// While looking, the vote as it stands; afterwards the one that was found, with the epoch of <see cref="Establish"/> and otherwise
    /// as it was when the election ended (ZOOKEEPER-1732).
    /// </summary>
    public Vote Current { get; private set; }

    /// <summary>The round of elections. It never goes back while the process lives, so that no round ends twice for this server.</summary>
    public long Round { get; private set; }

    /// <summary>How the election ended; null while it runs.</summary>
    public ElectionOutcome? Outcome { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do; <see cref="long.MaxValue"/> if never.</summary>
    public long NextTickAt => Math.Min(_resendAt, _finalAt);

    /// <summary>Who may vote.</summary>
    public Electorate Electorate { get; private set; } = electorate;

    /// <summary>Whether this server's own vote counts.</summary>
    public bool HasVote => !_isObserver && Electorate.IsVoter(options.MyId);

    private bool IsRunning => _resendAt != Never;

    private CastVote Proposal => new(Current, PeerState.Looking, ElectionNotification.CurrentVersion);

    /// <summary>Enters the next round, with this server's own vote.</summary>
    public void Begin(Candidacy candidacy, long now)
    {
        State = PeerState.Looking;
        Electorate = candidacy.Electorate;
        Outcome = null;
        Round++;
        _isObserver = candidacy.IsObserver;
        _initial = candidacy.VoteOf(options.MyId);
        _round.Clear();
        _established.Clear();
        Propose(_initial, now);
        CloseIfCarried(now);
    }

    /// <summary>A notification arrived.</summary>
    /// <param name="sender">Whose connection it came on.</param>
    /// <param name="notification">What it says.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public void Receive(long sender, in ElectionNotification notification, long now)
    {
        if (sender == options.MyId || notification.State is < PeerState.Looking or > PeerState.Observing || TryAdopt(notification))
            return;

        if (ElectionAnswer.IsOwed(this, sender, notification))
            Outbox.Add(new OutgoingNotification(sender, ElectionAnswer.To(this, sender)));
        if (IsRunning && Electorate.IsVoter(sender) && Electorate.IsVoter(notification.Leader))
            Count(sender, notification, now);
    }

    /// <summary>
    /// Whether a server can be reached at all. One that cannot (its port refuses, its connection broke) is not waited for once a vote is
    /// carried; one that can be reached again is told the vote at once.
    /// </summary>
    public void SetReachable(long server, bool isReachable, long now)
    {
        if (!isReachable)
        {
            if (Electorate.IsVoter(server) && _unreachable.Add(server) && IsRunning)
                CloseIfCarried(now);
        }
        else if (_unreachable.Remove(server) && IsRunning && Electorate.IsVoter(server))
        {
            Outbox.Add(new OutgoingNotification(server, ElectionAnswer.To(this, server)));
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick(long now)
    {
        if (now >= _finalAt)
        {
            End(Current);
        }
        else if (now >= _resendAt)
        {
            _interval = Math.Min(2 * _interval, options.MaxInterval);
            Broadcast(now);
        }
    }

    /// <summary>The leader of the outcome has an epoch. What others are told from now on carries it, or newcomers could not agree with anybody.</summary>
    public void Establish(long epoch)
    {
        if (State != PeerState.Looking)
            Current = Current with { PeerEpoch = epoch };
    }

    /// <summary>A committed change of the configuration has named the leader: there is no election, and a running one ends.</summary>
    public void Appoint(PeerState state, Vote vote, Electorate electorate)
    {
        Electorate = electorate;
        Stop();
        State = state;
        Current = vote;
        Outcome = new ElectionOutcome(state, vote);
    }

    /// <summary>The configuration has changed while this server follows or leads.</summary>
    public void Reconfigure(Electorate electorate) => Electorate = electorate;

    /// <summary>For traces: what it is about, on one line.</summary>
    public override string ToString() =>
        $"{State} {Current}, clock {Round}, [{string.Join("; ", _round.Votes.Select(static v => $"{v.Key}: {v.Value.State} {v.Value.Vote}"))}]"
        + $" [{string.Join("; ", _established.Votes.Select(static v => $"{v.Key}: {v.Value.State} {v.Value.Vote}"))}]"
        + (_finalAt == Never ? "" : ", final");
}
