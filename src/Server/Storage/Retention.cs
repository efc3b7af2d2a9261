using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// Which files may go, by Apache's rule: the newest whole snapshots stay, and of the logs the one that the oldest of them continues in and
/// everything behind it. A snapshot can therefore be lost later without losing a transaction.
/// </summary>
internal static class Retention
{
    /// <summary>Plans a purge.</summary>
    /// <param name="whole">Whole snapshots, newest first.</param>
    /// <param name="all">All snapshots, newest first.</param>
    /// <param name="logs">Logs, oldest first.</param>
    /// <param name="keep">How many snapshots to keep; 0 keeps everything.</param>
    /// <returns>The files to delete, the least needed first.</returns>
    public static List<string> Plan(
        IReadOnlyList<SnapshotFile> whole, IReadOnlyList<SnapshotFile> all, IReadOnlyList<(Zxid First, string Path)> logs, int keep)
    {
        List<string> doomed = [];
        if (keep == 0 || whole.Count < keep)
            return doomed;

        Zxid oldestKept = whole[keep - 1].Last;
        int firstKeptLog = 0;
        for (int i = 0; i < logs.Count && logs[i].First <= oldestKept; i++)
            firstKeptLog = i;

        for (int i = all.Count - 1; i >= 0 && all[i].Last < oldestKept; i--)
            doomed.Add(all[i].Path);
        for (int i = 0; i < firstKeptLog; i++)
            doomed.Add(logs[i].Path);
        return doomed;
    }
}
