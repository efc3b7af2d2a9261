using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;

namespace Coordination.Server.Replication;

/// <summary>The state a server starts from: a snapshot, or nothing, and the log entries behind it.</summary>
internal sealed class RecoveredState
{
    private readonly CommittedState _state;

    /// <summary>Starts with an empty history.</summary>
    public RecoveredState()
        : this(new DataTree(), [], Zxid.Zero)
    {
    }

    /// <summary>Starts with a snapshot.</summary>
    /// <param name="tree">Its tree.</param>
    /// <param name="sessions">Its sessions.</param>
    /// <param name="zxid">The transaction it is named after.</param>
    public RecoveredState(DataTree tree, IReadOnlyList<PersistedSession> sessions, Zxid zxid)
    {
        Tree = tree;
        LastZxid = zxid;
        foreach (PersistedSession session in sessions)
            Sessions.Open(session.Id, session.TimeoutMilliseconds);
        Quotas = new QuotaTable(tree);
        _state = new CommittedState(tree, Sessions, Quotas, watches: null);
    }

    /// <summary>The tree.</summary>
    public DataTree Tree { get; }

    /// <summary>The sessions.</summary>
    public SessionTable Sessions { get; } = new();

    /// <summary>The quotas.</summary>
    public QuotaTable Quotas { get; }

    /// <summary>The last transaction in it.</summary>
    public Zxid LastZxid { get; private set; }

    /// <summary>Digests of the tree at some of the transactions replayed.</summary>
    public DigestHistory Digests { get; } = new();

    /// <summary>Entries replayed.</summary>
    public int Replayed { get; private set; }

    /// <summary>Replayed entries that had a digest.</summary>
    public int DigestsChecked { get; private set; }

    /// <summary>
    /// Replayed entries whose digest was not that of the tree. Behind a snapshot of Apache's, which holds effects of later transactions,
    /// some are to be expected at first; the last entry's digest decides.
    /// </summary>
    public int DigestMismatches { get; private set; }

    /// <summary>Whether the digest of the last replayed entry that had one was that of the tree.</summary>
    public bool LastDigestMatched { get; private set; } = true;

    /// <summary>Reads a snapshot between its file header and its first seal.</summary>
    /// <param name="input">Positioned behind the file header.</param>
    /// <param name="zxid">The transaction it is named after.</param>
    public static RecoveredState Load(ISnapshotInput input, Zxid zxid)
    {
        LoadedTree loaded = TreeSnapshotLoader.Load(input);
        return new RecoveredState(loaded.Tree, loaded.Sessions, zxid);
    }

    /// <summary>Applies one entry of the log. Entries up to the snapshot's zxid are skipped.</summary>
    /// <param name="logEntry">Header, record and digest.</param>
    /// <exception cref="JuteFormatException">The entry is no transaction.</exception>
    public void Replay(ReadOnlySpan<byte> logEntry) => Replay(TransactionCodec.Read(logEntry));

    /// <summary>Applies one transaction of the log. Those up to the snapshot's zxid are skipped.</summary>
    public void Replay(in Transaction transaction)
    {
        if (transaction.Header.Zxid <= LastZxid)
            return;

        OperationTable.ForTransaction(transaction.Record.Type).Apply(transaction.Header, transaction.Record, _state);
        LastZxid = transaction.Header.Zxid;
        Digests.Applied(LastZxid.Value, Tree.Digest);
        Replayed++;
        if (transaction.Digest is not { } digest)
            return;

        DigestsChecked++;
        LastDigestMatched = digest == Tree.Digest;
        if (!LastDigestMatched)
            DigestMismatches++;
    }
}
