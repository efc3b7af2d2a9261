using Coordination.Protocol;
using Coordination.Server.Hosting.CommandLine;
using Coordination.Server.Operations;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Offline;

/// <summary>
/// Shows what a log or snapshot holds, one line per session, access list, znode or transaction; of a directory what a start would read:
/// the newest whole snapshot, then the log behind it. What precedes a damage is shown before the damage is reported.
/// </summary>
internal static class DumpCommand
{
    /// <summary>Runs the command.</summary>
    /// <exception cref="StorageException">Something cannot be read.</exception>
    public static int Run(OfflineRequest request)
    {
        OfflineTarget target = OfflineTarget.Find(request);
        using FactLine line = new(request.Output, request.AsJson);
        if (target.Log is { } log)
            target.Logs.ReadFile(log, (offset, entry) => Show(line, log, offset, entry));
        else if (target.Snapshot is { } snapshot)
            Show(line, target, snapshot);
        else
            ShowDirectory(line, target);
        return ExitCode.Stopped;
    }

    private static void ShowDirectory(FactLine line, OfflineTarget target)
    {
        StorageRecovery found = target.Examine();
        if (found.Snapshot is { } snapshot)
            Show(line, target, snapshot);
        found.Replay((_, entry) => Show(line, null, 0, entry));
    }

    private static void Show(FactLine line, OfflineTarget target, SnapshotFile file)
    {
        using SnapshotFileReader reader = target.Snapshots.Open(file);
        line.Begin("snapshot").Add("file", file.Path).AddHex("zxid", file.Last.Value).End();
        SnapshotContent content = new()
        {
            Session = (id, timeout) => line.Begin("session").AddHex("id", id).Add("timeout", timeout).End(),
            AccessList = (id, entries) => line.Begin("acl").Add("id", id).Add("entries", entries).End(),
            Znode = znode => Show(line, znode),
        };
        SnapshotTrailer trailer = content.Read(reader);
        line.Begin("end").Add("sessions", content.Sessions).Add("znodes", content.Znodes);
        if (trailer.HasDigest)
            line.AddHex("digest", trailer.Digest).AddHex("digestZxid", trailer.DigestZxid.Value);
        line.End();
    }

    private static void Show(FactLine line, SnapshotZnode znode)
    {
        line.Begin("znode").Add("path", znode.Path.Length == 0 ? "/" : znode.Path).Add("acl", znode.AclId);
        line.AddHex("czxid", znode.Stat.Czxid).AddHex("mzxid", znode.Stat.Mzxid).AddHex("pzxid", znode.Stat.Pzxid);
        line.AddTime("ctime", znode.Stat.Ctime).AddTime("mtime", znode.Stat.Mtime);
        line.Add("version", znode.Stat.Version).Add("cversion", znode.Stat.Cversion).Add("aversion", znode.Stat.Aversion);
        line.AddHex("ephemeralOwner", znode.Stat.EphemeralOwner).AddData(znode.Data).End();
    }

    private static void Show(FactLine line, string? file, long offset, ReadOnlySpan<byte> entry)
    {
        Transaction transaction = TransactionCodec.Read(entry);
        TransactionHeader header = transaction.Header;
        line.Begin("transaction").AddHex("zxid", header.Zxid.Value).AddTime("time", header.Time);
        line.AddHex("session", header.SessionId).Add("cxid", header.Cxid);
        if (file is not null)
            line.Add("offset", offset);
        Describe(line, transaction.Record);
        if (transaction.Digest is { } digest)
            line.AddHex("digest", (long)digest);
        line.End();
        if (transaction.Record is not MultiTransaction multi)
            return;

        for (int i = 0; i < multi.Records.Count; i++)
        {
            line.Begin("part").AddHex("zxid", header.Zxid.Value).Add("index", i);
            Describe(line, multi.Records[i]);
            line.End();
        }
    }

    private static void Describe(FactLine line, TransactionRecord record)
    {
        string type = record.Type.ToString();
        line.Add("type", char.ToLowerInvariant(type[0]) + type[1..]);
        switch (record)
        {
            case CreateTransaction create:
                line.Add("path", create.Path).Add("ephemeral", create.Ephemeral ? 1 : 0).Add("parentCversion", create.ParentCversion);
                line.Add("acl", create.Acl).AddData(create.Data);
                if (create.Type == OpCode.CreateTtl)
                    line.Add("ttl", create.TimeToLive);
                break;
            case DeleteTransaction delete:
                line.Add("path", delete.Path);
                break;
            case SetDataTransaction set:
                line.Add("path", set.Path).Add("version", set.Version).AddData(set.Data);
                break;
            case SetAclTransaction set:
                line.Add("path", set.Path).Add("aversion", set.Version).Add("acl", set.Acl);
                break;
            case CheckTransaction check:
                line.Add("path", check.Path).Add("version", check.Version);
                break;
            case ErrorTransaction error:
                line.Add("error", (int)error.Code);
                break;
            case CreateSessionTransaction session:
                line.Add("timeout", session.TimeoutMilliseconds);
                break;
            case CloseSessionTransaction { Paths: { } paths }:
                line.Add("paths", paths);
                break;
            case MultiTransaction multi:
                line.Add("parts", multi.Records.Count);
                break;
        }
    }
}
