using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// How an ensemble agrees: a proposal gets the next zxid, and what is delivered is committed, in zxid order and once. What a proposal
/// says is of no interest here.
/// </summary>
internal interface IPeer
{
    /// <summary>The last zxid given to a proposal; the next one gets the one behind it.</summary>
    Zxid LastProposed { get; }

    /// <summary>The last zxid that is committed.</summary>
    Zxid LastCommitted { get; }

    /// <summary>Takes a proposal, whose entry stands at the end of the outbox's log.</summary>
    /// <param name="zxid">The one behind <see cref="LastProposed"/>.</param>
    /// <param name="entry">The transaction as it stands in the log; copied where it is needed.</param>
    void Propose(Zxid zxid, ReadOnlySpan<byte> entry);

    /// <summary>Every entry up to a zxid is on this server's disk and synced. May commit proposals.</summary>
    void Persisted(Zxid zxid);
}
