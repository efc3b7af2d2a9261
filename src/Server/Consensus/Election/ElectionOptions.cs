using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>What an election needs to know of this server for as long as it runs.</summary>
internal sealed record ElectionOptions
{
    /// <summary>This server's number.</summary>
    public required long MyId { get; init; }

    /// <summary>
    /// Whether a newer configuration may be learnt from others. Without reconfiguration the local one rules, whatever others send
    /// (ZOOKEEPER-2819).
    /// </summary>
    public bool AdoptsConfigurations { get; init; }

    /// <summary>How long a carried vote waits for a better one, in milliseconds.</summary>
    public int FinalWait { get; init; } = 200;

    /// <summary>When votes are first sent again, in milliseconds; the time doubles from there (<c>fastleader.minNotificationInterval</c>).</summary>
    public int MinInterval { get; init; } = 200;

    /// <summary>The longest time between two sendings, in milliseconds (<c>fastleader.maxNotificationInterval</c>).</summary>
    public int MaxInterval { get; init; } = 60_000;
}

/// <summary>What this server brings into an election.</summary>
/// <param name="Electorate">Who may vote.</param>
/// <param name="IsObserver">Whether this server only observes, by its entry in the configuration or its own setting.</param>
/// <param name="LastZxid">The last zxid that is durable on this disk, or <see cref="Vote.Untrusted"/>.</param>
/// <param name="CurrentEpoch">The current epoch on this disk.</param>
internal sealed record Candidacy(Electorate Electorate, bool IsObserver, Zxid LastZxid, long CurrentEpoch)
{
    /// <summary>Observers name nobody and nothing; a participant that is no member yet names nobody, but tells its history.</summary>
    public Vote VoteOf(long myId) => IsObserver
        ? new Vote(Vote.Nobody, new Zxid(Vote.Nobody), Vote.Nobody, 0)
        : new Vote(Electorate.Committed.IsParticipant(myId) ? myId : Vote.Nobody, LastZxid, CurrentEpoch, 0);
}

/// <summary>How an election ended.</summary>
/// <param name="State">What this server is to do now; <see cref="PeerState.Looking"/> if it is to begin again.</param>
/// <param name="Vote">Whom it found.</param>
/// <param name="NewConfiguration">The newer configuration with which it is to begin again.</param>
internal sealed record ElectionOutcome(PeerState State, Vote Vote, QuorumConfiguration? NewConfiguration = null);

/// <summary>A notification on its way.</summary>
/// <param name="To">The server it is for.</param>
/// <param name="Notification">What it says.</param>
internal readonly record struct OutgoingNotification(long To, ElectionNotification Notification);
