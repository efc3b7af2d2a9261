using Coordination.Protocol;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

/// <summary>What a directory yields when it is opened: the snapshot's zxid and every entry behind it, or the refusal.</summary>
internal sealed record Outcome(Zxid Snapshot, IReadOnlyList<(Zxid Zxid, byte[] Entry)> Entries, IReadOnlyList<string> Notes, StorageException? Refusal)
{
    public long Last => Entries.Count > 0 ? Entries[^1].Zxid.Value : Snapshot.Value;

    /// <summary>Opens a directory on a simulated disk.</summary>
    public static Outcome Of(SimulatedDisk disk)
    {
        try
        {
            using StorageEngine engine = StorageEngine.Open(disk, new StorageOptions { DataDirectory = Golden.Directory });
            if (engine.Recovery.Snapshot is not { } snapshot)
                return new Outcome(new Zxid(-1), [], engine.Recovery.Notes, null);

            List<(Zxid, byte[])> entries = [];
            engine.Recovery.Replay((zxid, entry) => entries.Add((zxid, entry.ToArray())));
            return new Outcome(snapshot.Last, entries, engine.Recovery.Notes, null);
        }
        catch (StorageException refusal)
        {
            return new Outcome(new Zxid(-1), [], [], refusal);
        }
    }

    /// <summary>Whether this is <paramref name="whole"/> without its last <paramref name="count"/> entries.</summary>
    public bool IsWithoutLast(int count, Outcome whole) =>
        Refusal is null && Snapshot == whole.Snapshot && Entries.Count == whole.Entries.Count - count
        && Entries.Zip(whole.Entries).All(pair => pair.First.Zxid == pair.Second.Zxid && pair.First.Entry.AsSpan().SequenceEqual(pair.Second.Entry));
}

/// <summary>The directories recorded from Apache, on a simulated disk.</summary>
internal static class Golden
{
    public const string Directory = "/golden";

    /// <summary>Where the recorded files are.</summary>
    public static string Source(string name) => Path.Combine(AppContext.BaseDirectory, "Storage", "Golden", name);

    public static SimulatedDisk Load(string name) => SimulatedDisk.From(Source(name), Directory);

    public static string File(string name) => Path.Combine(Directory, "version-2", name);

    /// <summary>Where each record of a log begins, and at the end where the data ends.</summary>
    public static List<int> Records(byte[] log)
    {
        List<int> offsets = [FileHeader.Length];
        while (offsets[^1] + LogRecord.PrefixLength <= log.Length && LogRecord.ReadPrefix(log.AsSpan(offsets[^1])).Length is > 0 and int length)
            offsets.Add(offsets[^1] + length + LogRecord.Overhead);
        return offsets;
    }
}
