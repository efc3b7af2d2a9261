using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>A snapshot file.</summary>
/// <param name="Last">The last transaction it contains, from its name.</param>
/// <param name="Path">The file.</param>
/// <param name="Suffix">Empty, "gz" or "snappy".</param>
/// <param name="Length">Bytes on disk.</param>
internal readonly record struct SnapshotFile(Zxid Last, string Path, string Suffix, long Length);

/// <summary>The snapshot recovery begins with.</summary>
/// <param name="File">The newest one that is whole, if there is any.</param>
/// <param name="Damaged">Newer ones that are not, newest first.</param>
internal sealed record SnapshotChoice(SnapshotFile? File, IReadOnlyList<(SnapshotFile File, CorruptSnapshotException Error)> Damaged);

/// <summary>The snapshots of a directory.</summary>
internal sealed class SnapshotStore(IDisk disk, string directory, int maxLength)
{
    // Apache's loader tries as many.
    private const int MaxCandidates = 100;

    private static ReadOnlySpan<byte> LastBytes => [0, 0, 0, 1, (byte)'/'];

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B];

    /// <summary>All snapshots, newest first, whole or not.</summary>
    public List<SnapshotFile> Files()
    {
        List<SnapshotFile> files = [];
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (DataFileName.TryParseSnapshot(entry.Name, out Zxid last, out string suffix))
                files.Add(new SnapshotFile(last, Path.Combine(directory, entry.Name), suffix, entry.Length));
        }

        // The suffix makes the order of two files of one transaction definite: plain before compressed.
        files.Sort((left, right) =>
            left.Last != right.Last ? right.Last.CompareTo(left.Last) : string.CompareOrdinal(left.Suffix, right.Suffix));
        return files;
    }

    /// <summary>Finds the newest whole snapshot; every byte of it has been checked.</summary>
    /// <exception cref="DataDirectoryException">The newest one is compressed in a way that is not supported.</exception>
    public SnapshotChoice FindNewest()
    {
        List<(SnapshotFile File, CorruptSnapshotException Error)> damaged = [];
        foreach (SnapshotFile file in Files().Take(MaxCandidates))
        {
            if (file.Suffix == "snappy")
                throw Snappy(file);
            if (Check(file) is not { } error)
                return new SnapshotChoice(file, damaged);
            damaged.Add((file, error));
        }

        return new SnapshotChoice(null, damaged);
    }

    /// <summary>Whether a file ends (or, compressed, begins) as a snapshot does; cheap, and no proof of its body.</summary>
    public bool LooksWhole(SnapshotFile file)
    {
        using IDiskFile opened = disk.Open(file.Path, DiskOpenMode.Read);
        Span<byte> bytes = stackalloc byte[LastBytes.Length];
        if (file.Suffix == "gz")
            return opened.Read(bytes[..GzipMagic.Length], 0) == GzipMagic.Length && bytes.StartsWith(GzipMagic);
        return file.Suffix.Length == 0 && file.Length >= FileHeader.Length + SnapshotFileReader.SealLength
            && opened.Read(bytes, opened.Length - bytes.Length) == bytes.Length && bytes.SequenceEqual(LastBytes);
    }

    /// <summary>Whether a snapshot can be read; every byte of it is checked.</summary>
    public bool IsWhole(SnapshotFile file) => Check(file) is null;

    /// <summary>Opens a snapshot at the beginning of its body.</summary>
    public SnapshotFileReader Open(SnapshotFile file) => new(disk, file.Path, maxLength);

    /// <summary>Begins a snapshot of the state after <paramref name="last"/>.</summary>
    public SnapshotFileWriter Begin(Zxid last, Action<Zxid>? completed = null) => new(disk, directory, last, completed);

    /// <summary>Begins a snapshot that nobody sees yet: it becomes durable under a name that is not a snapshot's.</summary>
    public SnapshotFileWriter BeginHidden(Zxid last, string name) => new(disk, directory, last, completed: null, name);

    private CorruptSnapshotException? Check(SnapshotFile file)
    {
        if (!LooksWhole(file))
            return new CorruptSnapshotException(file.Path, file.Length, "it is incomplete: the last seal is missing");
        try
        {
            using SnapshotFileReader reader = Open(file);
            reader.Verify();
            return null;
        }
        catch (CorruptSnapshotException error)
        {
            return error;
        }
    }

    private static DataDirectoryException Snappy(SnapshotFile file) => new(
        $"The newest snapshot '{file.Path}' is compressed with snappy, which this server does not read. Start Apache ZooKeeper on the directory "
        + "once with zookeeper.snapshot.compression.method unset or gz, so that it writes another snapshot.");
}
