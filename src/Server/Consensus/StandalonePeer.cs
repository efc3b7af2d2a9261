using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>An ensemble of one: what its own disk holds is committed.</summary>
/// <param name="last">The end of the recovered history.</param>
internal sealed class StandalonePeer(Zxid last) : IPeer
{
    /// <inheritdoc/>
    public Zxid LastProposed { get; private set; } = last;

    /// <inheritdoc/>
    public Zxid LastCommitted { get; private set; } = last;

    /// <inheritdoc/>
    public void Propose(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (zxid != LastProposed.Next)
            throw new InvariantException($"{zxid} cannot follow {LastProposed}.");
        LastProposed = zxid;
    }

    /// <inheritdoc/>
    public void Persisted(Zxid zxid)
    {
        if (zxid > LastProposed)
            throw new InvariantException($"{zxid} cannot be on disk: the last proposal is {LastProposed}.");
        if (zxid > LastCommitted)
            LastCommitted = zxid;
    }
}
