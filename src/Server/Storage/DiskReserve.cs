namespace Coordination.Server.Storage;

/// <summary>
/// Watches how much room the disk has, and says when no more writes should be taken: early enough that sessions can still be opened,
/// closed and expired, because a write that really finds the disk full is the end of the process. Room comes back only with a margin, so
/// that a disk at the mark does not switch to and fro. Used by one thread at a time.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="options">Which directories are written to.</param>
/// <param name="bytes">The mark; null for a twentieth of the file system, at most 1 GiB; 0 never stops writes.</param>
internal sealed class DiskReserve(IDisk disk, StorageOptions options, long? bytes)
{
    private const long LargestByDefault = 1L << 30;
    private const int ShareByDefault = 20;

    /// <summary>Free bytes that the reserve must be exceeded by, as a part of it, before writes are taken again.</summary>
    private const int MarginPart = 4;

    private readonly string[] _directories = [.. new[] { options.SnapshotFiles, options.LogFiles }.Distinct(StringComparer.Ordinal)];

    /// <summary>Whether writes should be refused.</summary>
    public bool IsReached { get; private set; }

    /// <summary>Free bytes at the last look, where there is least above the mark.</summary>
    public long Free { get; private set; }

    /// <summary>Below this many free bytes writes are refused.</summary>
    public long Mark { get; private set; }

    /// <summary>Free bytes above the mark at the last look; not below zero.</summary>
    public long Room => Math.Max(0, Free - Mark);

    /// <summary>Looks at the disk.</summary>
    /// <returns>Whether <see cref="IsReached"/> has changed.</returns>
    /// <exception cref="DiskException">The disk does not say.</exception>
    public bool Check()
    {
        long tightest = long.MaxValue;
        foreach (string directory in _directories)
        {
            DiskSpace space = disk.Space(directory);
            long mark = bytes ?? Math.Min(space.Total / ShareByDefault, LargestByDefault);
            if (space.Free - mark >= tightest)
                continue;
            tightest = space.Free - mark;
            (Free, Mark) = (space.Free, mark);
        }

        bool wasReached = IsReached;
        IsReached = Mark > 0 && (wasReached ? Free < Mark + (Mark / MarginPart) : Free < Mark);
        return wasReached != IsReached;
    }
}
