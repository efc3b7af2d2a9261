using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// A hold that others may take over when its owner's session ends: a lock, a leader's term. Carries what it takes to act safely under it.
/// </summary>
public interface IFenced
{
    /// <summary>The znode that stands for the hold; null when the hold has no znode of its own.</summary>
    ZnodePath? HolderPath { get; }

    /// <summary>Cancelled when the hold is lost or must be presumed lost: before a rival can hold by expiry, not after. Not cancelled by release.</summary>
    CancellationToken HandleLostToken { get; }

    /// <summary>
    /// The transaction that created the hold's znode (czxid): greater than that of every earlier holder of the same lock. Hand it to the
    /// guarded resource, which refuses numbers below one it has seen.
    /// </summary>
    long FencingToken { get; }

    /// <summary>How long the hold is certainly valid from now on; zero once lost.</summary>
    TimeSpan SafeFor { get; }

    /// <summary>Asks the server, in one round trip that needs a quorum, whether the hold still stands.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>False if it does not, or if it cannot be known.</returns>
    ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default);
}

/// <summary>Several writes, all or nothing, in one transaction of the server. Build, then commit once.</summary>
public interface IZnodeTransaction
{
    /// <summary>Demands a version.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="version">The expected version; -1 demands only that it exists.</param>
    /// <returns>This transaction.</returns>
    IZnodeTransaction Check(ZnodePath path, int version);

    /// <summary>Creates a znode.</summary>
    /// <param name="path">The path.</param>
    /// <param name="data">The data.</param>
    /// <param name="options">Kind and access list; parents are not created inside a transaction.</param>
    /// <returns>This transaction.</returns>
    IZnodeTransaction Create(ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null);

    /// <summary>Replaces data.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="data">The new data.</param>
    /// <param name="expectedVersion">The expected version; null for any.</param>
    /// <returns>This transaction.</returns>
    IZnodeTransaction Set(ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null);

    /// <summary>Deletes a znode.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="expectedVersion">The expected version; null for any.</param>
    /// <returns>This transaction.</returns>
    IZnodeTransaction Delete(ZnodePath path, int? expectedVersion = null);

    /// <summary>Makes the whole transaction fail unless the holder's znode still exists. A hold already lost fails it without sending.</summary>
    /// <param name="holder">A lock or a term.</param>
    /// <returns>This transaction.</returns>
    IZnodeTransaction GuardedBy(IFenced holder);

    /// <summary>Sends the transaction.</summary>
    /// <param name="cancellationToken">Abandons the wait; a transaction already sent may still happen.</param>
    /// <returns>What happened to each operation.</returns>
    /// <exception cref="OutcomeUnknownException">The connection broke before the answer.</exception>
    /// <exception cref="SessionLostException">A guarding hold is lost; nothing was sent.</exception>
    ValueTask<TransactionOutcome> CommitAsync(CancellationToken cancellationToken = default);
}

/// <summary>The outcome of a transaction.</summary>
/// <param name="Committed">Whether every operation happened; if not, none did.</param>
/// <param name="Results">One result per operation in the order of the calls, guards included.</param>
public sealed record TransactionOutcome(bool Committed, IReadOnlyList<MultiResult> Results)
{
    /// <summary>The index of the operation that failed; -1 if none did.</summary>
    public int FailedIndex
    {
        get
        {
            for (int i = 0; i < Results.Count; i++)
            {
                if (Results[i].Type == OpCode.Error && Results[i].Error is not (ErrorCode.Ok or ErrorCode.RuntimeInconsistency))
                    return i;
            }

            return -1;
        }
    }

    /// <summary>The code of the operation that failed.</summary>
    public ErrorCode Error => FailedIndex < 0 ? ErrorCode.Ok : Results[FailedIndex].Error;
}
