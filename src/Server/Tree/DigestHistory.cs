namespace Coordination.Server.Tree;

/// <summary>The digest of the tree as it was behind one transaction.</summary>
/// <param name="Zxid">The transaction.</param>
/// <param name="Digest">As Apache shows it: signed.</param>
internal readonly record struct DigestEntry(long Zxid, long Digest);

/// <summary>
/// Digests of the tree at every 128th transaction, the newest 1024 of them: where the histories of two servers part is found by comparing
/// them. The numbers are Apache's, so that its servers have digests of the same transactions.
/// </summary>
internal sealed class DigestHistory
{
    private const int Interval = 128;
    private const int Limit = 1024;

    private readonly Queue<DigestEntry> _entries = new();

    /// <summary>A transaction has been applied.</summary>
    public void Applied(long zxid, ulong digest)
    {
        if (zxid % Interval != 0)
            return;

        if (_entries.Count == Limit)
            _entries.Dequeue();
        _entries.Enqueue(new DigestEntry(zxid, (long)digest));
    }

    /// <summary>What is kept, in the order of transactions.</summary>
    public DigestEntry[] Newest() => [.. _entries];
}
