using System.Globalization;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// The names in a data directory. Apache splits a name at its dots, takes the first part as the kind and the second as a hexadecimal zxid
/// and ignores the rest, so <c>snapshot.12.tmp</c> is a snapshot to it. Unfinished files here therefore begin with <c>tmp-</c>.
/// </summary>
internal static class DataFileName
{
    /// <summary>The sub-directory that both kinds of file live in; the version of Apache's format.</summary>
    public const string FormatDirectory = "version-2";

    /// <summary>What a file is called while it is written.</summary>
    public const string UnfinishedPrefix = "tmp-";

    private const string InstallingPrefix = "install-";
    private const string LogPrefix = "log";
    private const string SnapshotPrefix = "snapshot";

    /// <summary>The log whose first record is <paramref name="first"/>.</summary>
    public static string Log(Zxid first) => $"{LogPrefix}.{first.Value:x}";

    /// <summary>The snapshot of the state after <paramref name="last"/>.</summary>
    public static string Snapshot(Zxid last) => $"{SnapshotPrefix}.{last.Value:x}";

    /// <summary>A whole snapshot that is about to take the place of everything else; it gets its name when that is gone.</summary>
    public static string Installing(Zxid last) => InstallingPrefix + Snapshot(last);

    /// <summary>The snapshot's name, when a file is one that is about to take the place of everything else.</summary>
    public static bool TryParseInstalling(string name, out Zxid last)
    {
        last = Zxid.Zero;
        return name.StartsWith(InstallingPrefix, StringComparison.Ordinal)
            && TryParseSnapshot(name[InstallingPrefix.Length..], out last, out string suffix) && suffix.Length == 0;
    }

    /// <summary>The name to write under before renaming.</summary>
    public static string Unfinished(string name) => UnfinishedPrefix + name;

    /// <summary>Whether a crash left this file half written.</summary>
    public static bool IsUnfinished(string name) =>
        name.StartsWith(UnfinishedPrefix + LogPrefix + ".", StringComparison.Ordinal)
        || name.StartsWith(UnfinishedPrefix + SnapshotPrefix + ".", StringComparison.Ordinal);

    /// <summary>Whether Apache would take the name for a log (it looks only at the beginning when it checks the directories).</summary>
    public static bool LooksLikeLog(string name) => name.StartsWith(LogPrefix + ".", StringComparison.Ordinal);

    /// <summary>Whether Apache would take the name for a snapshot.</summary>
    public static bool LooksLikeSnapshot(string name) => name.StartsWith(SnapshotPrefix + ".", StringComparison.Ordinal);

    /// <summary>The first zxid of a log, when the name is exactly that of a log.</summary>
    public static bool TryParseLog(string name, out Zxid first) =>
        TryParse(name, LogPrefix, out first, out string suffix) && suffix.Length == 0;

    /// <summary>The zxid and the compression suffix ("", "gz", "snappy") of a snapshot.</summary>
    public static bool TryParseSnapshot(string name, out Zxid last, out string suffix) =>
        TryParse(name, SnapshotPrefix, out last, out suffix) && suffix is "" or "gz" or "snappy";

    private static bool TryParse(string name, string prefix, out Zxid zxid, out string suffix)
    {
        zxid = Zxid.Zero;
        suffix = "";
        string[] parts = name.Split('.');
        if (parts.Length is < 2 or > 3 || parts[0] != prefix)
            return false;
        if (!long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value) || value < 0)
            return false;

        zxid = new Zxid(value);
        suffix = parts.Length == 3 ? parts[2] : "";
        return parts.Length == 2 || suffix.Length > 0;
    }
}
