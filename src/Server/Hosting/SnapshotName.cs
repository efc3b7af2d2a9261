using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// Holds the name of a snapshot without a digest against the log. A snapshot holds everything up to the transaction it is named after, and
/// Apache's may hold more. So a znode that was created before, is no ephemeral, and was not deleted since must be in it, and bears the
/// number of its creation: if nothing in the snapshot is as new as that, it is an older one under another name.
/// </summary>
internal sealed class SnapshotName
{
    private readonly long _named;
    private Zxid _created;
    private string? _path;

    private SnapshotName(long named) => _named = named;

    /// <summary>Refuses a snapshot that cannot be what it is called.</summary>
    /// <param name="found">What is on disk.</param>
    /// <param name="newest">The highest transaction that any znode of the snapshot bears a trace of.</param>
    /// <exception cref="DataDirectoryException">It lacks what the log says it holds.</exception>
    public static void Require(StorageRecovery found, Zxid newest)
    {
        if (found.Snapshot is not { } file || file.Last <= newest)
            return;

        SnapshotName name = new(file.Last.Value);
        try
        {
            found.ReadEarlier((_, entry) => name.Follow(TransactionCodec.Read(entry)));
        }
        catch (Exception e) when (e is CorruptLogException or JuteFormatException)
        {
            // What lies before a snapshot is not needed otherwise, and proves nothing where it cannot be read.
            return;
        }

        if (name._path is null || name._created <= newest)
            return;

        // Apache writes while znodes are deleted: such a one need not be in it.
        found.Replay((_, entry) => name.Follow(TransactionCodec.Read(entry)));
        if (name._path is not null)
        {
            throw new DataDirectoryException(
                $"'{file.Path}' bears the name of the state after transaction {file.Last}, but nothing in it is newer than {newest}, and the log "
                + $"has a znode created with {name._created}: it is an older snapshot under another name. Give it back its own name, from which "
                + "the logs lead on, or restore the right one from a copy.");
        }
    }

    private void Follow(in Transaction transaction) => Follow(transaction.Header.Zxid, transaction.Record);

    private void Follow(Zxid zxid, TransactionRecord record)
    {
        switch (record)
        {
            case CreateTransaction { Type: OpCode.Create or OpCode.Create2, Ephemeral: false } create when zxid.Value <= _named:
                _created = zxid;
                _path = create.Path;
                break;
            case DeleteTransaction delete when delete.Path == _path:
                _path = null;
                break;
            case MultiTransaction { Failed: false } multi:
                foreach (TransactionRecord part in multi.Records)
                    Follow(zxid, part);
                break;
        }
    }
}
