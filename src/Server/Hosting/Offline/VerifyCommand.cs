using Coordination.Protocol;
using Coordination.Server.Hosting.CommandLine;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Offline;

/// <summary>
/// Checks every byte of a log, a snapshot or a whole directory, and for a directory rebuilds the tree as a start would. It changes nothing:
/// what a start would cut off is only told. Ends with 4 if anything is damaged, even if a start could do without it.
/// </summary>
internal sealed class VerifyCommand : IDisposable
{
    private readonly OfflineTarget _target;
    private readonly FactLine _line;
    private bool _isDamaged;

    private VerifyCommand(OfflineRequest request)
    {
        _target = OfflineTarget.Find(request);
        _line = new FactLine(request.Output, request.AsJson);
    }

    /// <summary>Runs the command.</summary>
    public static int Run(OfflineRequest request)
    {
        using VerifyCommand command = new(request);
        if (command._target.Log is { } log)
            command.CheckLog(log);
        else if (command._target.Snapshot is { } snapshot)
            command.CheckSnapshot(snapshot);
        else
            command.CheckDirectory();
        return command._isDamaged ? ExitCode.DataRefused : ExitCode.Stopped;
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();

    private void CheckDirectory()
    {
        foreach (SnapshotFile file in _target.Snapshots.Files())
            CheckSnapshot(file);
        foreach ((_, string path) in _target.Logs.Files())
            CheckLog(path);
        try
        {
            StorageRecovery found = _target.Examine();
            Report(found, ReplicaRecovery.Rebuild(found));
        }
        catch (StorageException error)
        {
            _isDamaged = true;
            _line.Begin("start").Add("state", "refused").Add("reason", error.Message).End();
        }
    }

    private void Report(StorageRecovery found, RecoveredState state)
    {
        _isDamaged |= !state.LastDigestMatched;
        _line.Begin("start").Add("state", state.LastDigestMatched ? "possible" : "possible, but the tree is not the one that was logged");
        _line.Add("snapshot", found.Snapshot?.Path).AddHex("lastZxid", state.LastZxid.Value).Add("replayed", state.Replayed);
        _line.Add("znodes", state.Tree.Count).Add("sessions", state.Sessions.Count).Add("ephemerals", state.Tree.Indexes.EphemeralCount);
        _line.AddHex("digest", (long)state.Tree.Digest).Add("digestsChecked", state.DigestsChecked).Add("digestMismatches", state.DigestMismatches);
        _line.End();
    }

    private void CheckSnapshot(SnapshotFile file)
    {
        try
        {
            if (file.Suffix == "snappy")
            {
                _line.Begin("snapshot").Add("file", file.Path).Add("state", "not readable here: compressed with snappy").End();
                return;
            }

            using SnapshotFileReader whole = _target.Snapshots.Open(file);
            whole.Verify();
            using SnapshotFileReader reader = _target.Snapshots.Open(file);
            SnapshotContent content = new();
            SnapshotTrailer trailer = content.Read(reader);
            _line.Begin("snapshot").Add("file", file.Path).Add("state", "whole").AddHex("zxid", file.Last.Value);
            _line.Add("znodes", content.Znodes).Add("sessions", content.Sessions);
            if (trailer.HasDigest)
                _line.AddHex("digest", trailer.Digest).AddHex("digestZxid", trailer.DigestZxid.Value);
            _line.End();
        }
        catch (CorruptSnapshotException error)
        {
            Damaged("snapshot", file.Path, error.Offset, error.Reason);
        }
    }

    private void CheckLog(string path)
    {
        try
        {
            LogFileScan scan = _target.Logs.ReadFile(path, static (_, entry) => Operations.TransactionCodec.Read(entry));
            string state = scan.IsEmpty ? "never written: a start removes it" : scan.Tail.Kind == LogTailKind.Torn ? "torn: a start cuts it" : "whole";
            _line.Begin("log").Add("file", path).Add("state", state).Add("transactions", scan.Records);
            if (scan.Records > 0)
                _line.AddHex("first", scan.First.Value).AddHex("last", scan.Last.Value);
            if (scan.Tail.Kind == LogTailKind.Torn)
                _line.Add("offset", scan.Tail.Offset).Add("reason", scan.Tail.Reason);
            _line.End();
        }
        catch (CorruptLogException error)
        {
            Damaged("log", path, error.Offset, error.Reason);
        }
    }

    private void Damaged(string kind, string path, long offset, string reason)
    {
        _isDamaged = true;
        _line.Begin(kind).Add("file", path).Add("state", "damaged").Add("offset", offset).Add("reason", reason).End();
    }
}
