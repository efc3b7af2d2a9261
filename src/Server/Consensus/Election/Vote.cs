using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>Whom a server wants to lead, by what is on that server's disk.</summary>
/// <param name="Leader">The server voted for; <see cref="Nobody"/> from one that may not be voted for.</param>
/// <param name="Zxid">The end of its history when the vote was made.</param>
/// <param name="PeerEpoch">Its current epoch; once it leads, the epoch that it leads.</param>
/// <param name="Round">The round of elections in which the vote was made.</param>
internal readonly record struct Vote(long Leader, Zxid Zxid, long PeerEpoch, long Round)
{
    /// <summary>What observers, and participants that are no members yet, name in place of a server.</summary>
    public const long Nobody = ElectionNotification.NoVote;

    /// <summary>The zxid of a server whose database is empty and not to be trusted; votes with it count for nothing.</summary>
    public static readonly Zxid Untrusted = new(-1);

    /// <summary>Whether somebody who voted for the other must change over to this one. The epoch counts before the zxid, that before the number.</summary>
    public bool IsBetterThan(in Vote other)
    {
        if (PeerEpoch != other.PeerEpoch)
            return PeerEpoch > other.PeerEpoch;
        return Zxid != other.Zxid ? Zxid > other.Zxid : Leader > other.Leader;
    }

    /// <summary>Whether both want the same, be it in different rounds.</summary>
    public bool NamesTheSameAs(in Vote other) => Leader == other.Leader && Zxid == other.Zxid && PeerEpoch == other.PeerEpoch;

    /// <summary>For traces: <c>2 (0x100000003, epoch 1) in round 4</c>.</summary>
    public override string ToString() => $"{(Leader == Nobody ? "nobody" : Leader)} ({Zxid}, epoch {PeerEpoch}) in round {Round}";
}
