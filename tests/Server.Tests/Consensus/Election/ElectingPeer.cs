using Coordination.Protocol;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>One server of an <see cref="ElectionWorld"/>: an election, what lies on its disk, and the role that it plays.</summary>
internal sealed class ElectingPeer(long id, Electorate electorate)
{
    public long Id => id;

    public bool IsUp { get; set; }

    public LeaderElection Election { get; set; } = new(new ElectionOptions { MyId = id }, electorate);

    /// <summary>Whom it follows, itself included.</summary>
    public long? Leader { get; set; }

    public bool IsEstablished { get; private set; }

    public long GivesUpAt { get; set; } = long.MaxValue;

    public Zxid LastZxid { get; private set; }

    public int AcceptedEpoch { get; private set; }

    public int CurrentEpoch { get; private set; }

    public Vote Initial => new(id, LastZxid, CurrentEpoch, 0);

    public void Recover(int epoch, Zxid last)
    {
        AcceptedEpoch = epoch;
        CurrentEpoch = epoch;
        LastZxid = last;
    }

    public void Look(long now)
    {
        Leader = null;
        IsEstablished = false;
        GivesUpAt = long.MaxValue;
        Election.Begin(new Candidacy(electorate, IsObserver: false, LastZxid, CurrentEpoch), now);
    }

    public bool IsAheadOf(ElectingPeer leader) =>
        CurrentEpoch > leader.CurrentEpoch || (CurrentEpoch == leader.CurrentEpoch && LastZxid > leader.LastZxid);

    public void Lead(int epoch)
    {
        Promise(epoch);
        LastZxid = Zxid.Create(epoch, 1);
    }

    public void Follow(ElectingPeer leader)
    {
        if (IsEstablished)
            return;

        Promise(leader.CurrentEpoch);
        LastZxid = leader.LastZxid;
    }

    private void Promise(int epoch)
    {
        AcceptedEpoch = epoch;
        CurrentEpoch = epoch;
        IsEstablished = true;
        GivesUpAt = long.MaxValue;
        Election.Establish(epoch);
    }
}
