using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// How an ensemble agrees: a proposal gets the next zxid, and what is delivered is committed, in zxid order and once. What a proposal
/// says is of no interest here.
/// </summary>
internal interface IPeer
{
    /// <summary>The last zxid given to a proposal.</summary>
    Zxid LastProposed { get; }

    /// <summary>The last zxid that is committed.</summary>
    Zxid LastCommitted { get; }

    /// <summary>Takes the next zxid for a proposal; its entry must be appended to the log in the same turn.</summary>
    Zxid Propose();

    /// <summary>Every entry up to a zxid is on this server's disk and synced. May commit proposals.</summary>
    void Persisted(Zxid zxid);
}

/// <summary>An ensemble of one: what its own disk holds is committed.</summary>
/// <param name="last">The end of the recovered history.</param>
internal sealed class StandalonePeer(Zxid last) : IPeer
{
    /// <inheritdoc/>
    public Zxid LastProposed { get; private set; } = last;

    /// <inheritdoc/>
    public Zxid LastCommitted { get; private set; } = last;

    /// <inheritdoc/>
    public Zxid Propose() => LastProposed = LastProposed.Next;

    /// <inheritdoc/>
    public void Persisted(Zxid zxid)
    {
        if (zxid > LastProposed)
            throw new InvalidOperationException($"{zxid} cannot be on disk: the last proposal is {LastProposed}.");
        if (zxid > LastCommitted)
            LastCommitted = zxid;
    }
}
