namespace Coordination.Server.Storage;

/// <summary>
/// The synchronous file calls the server needs, and nothing else: everything below this interface is simulated in tests. What a simulated
/// disk may do between two calls, and storage must survive: lose every write, size change and name change that was not synced, keep any
/// subset of them at 512-byte granularity, and fail a sync with the pending data gone.
/// </summary>
internal interface IDisk
{
    /// <summary>Opens a file.</summary>
    /// <exception cref="DiskException">The call failed.</exception>
    IDiskFile Open(string path, DiskOpenMode mode);

    /// <summary>Whether a file or directory of that name exists.</summary>
    bool Exists(string path);

    /// <summary>Creates a directory with its parents and makes the new names durable.</summary>
    void CreateDirectory(string path);

    /// <summary>The regular files of a directory, in no particular order.</summary>
    IReadOnlyList<DiskEntry> List(string directory);

    /// <summary>Renames within a file system, replacing what has the new name. Durable after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file. Durable after <see cref="SyncDirectory"/>.</summary>
    void Delete(string path);

    /// <summary>Makes creations, renames and removals in a directory durable.</summary>
    /// <exception cref="DiskSyncException">Fatal: what is on disk is unknown.</exception>
    void SyncDirectory(string path);

    /// <summary>How much room the file system of a directory has, for a process without privileges.</summary>
    /// <exception cref="DiskException">The call failed.</exception>
    DiskSpace Space(string directory);

    /// <summary>Takes the exclusive lock that a file stands for, creating the file; it ends with the process or with disposal.</summary>
    /// <returns>The lock, or null when somebody else (or this process) holds it.</returns>
    IDisposable? TryLock(string path, string holder);
}

/// <summary>An open file. Not thread-safe, except that reads may overlap each other.</summary>
internal interface IDiskFile : IDisposable
{
    /// <summary>Where the file was when it was opened.</summary>
    string Path { get; }

    /// <summary>Its present size in bytes.</summary>
    long Length { get; }

    /// <summary>Reads as many bytes as there are, up to the size of the buffer; fewer only at the end of the file.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of the bytes; the file grows as needed.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file, or extends it with zeros that take no room.</summary>
    void SetLength(long length);

    /// <summary>Makes the content durable, and of the metadata what is needed to read it back (its size).</summary>
    /// <exception cref="DiskSyncException">Fatal, never retried: the kernel may have dropped the data, and the next sync succeeds.</exception>
    void SyncData();

    /// <summary>
    /// Has a part written to the disk now, waits for it, and lets the system forget it: so that a large file does not pile up in memory
    /// until its sync, behind which every other sync of the disk would queue. Makes nothing durable.
    /// </summary>
    /// <exception cref="DiskSyncException">Fatal, as for <see cref="SyncData"/>: the sync that follows might not report it again.</exception>
    void WriteOut(long offset, long length);

    /// <summary>Makes content and metadata durable.</summary>
    /// <exception cref="DiskSyncException">Fatal, as for <see cref="SyncData"/>.</exception>
    void Sync();
}

/// <summary>The room of a file system.</summary>
/// <param name="Free">Bytes that can still be written.</param>
/// <param name="Total">Bytes altogether.</param>
internal readonly record struct DiskSpace(long Free, long Total);

/// <summary>How to open a file.</summary>
internal enum DiskOpenMode
{
    /// <summary>An existing file, for reading.</summary>
    Read,

    /// <summary>An existing file, for reading and writing.</summary>
    ReadWrite,

    /// <summary>A new, empty file; an existing one of that name is emptied.</summary>
    Create,
}

/// <summary>A file in a directory.</summary>
/// <param name="Name">Without the directory.</param>
/// <param name="Length">Bytes, holes included.</param>
internal readonly record struct DiskEntry(string Name, long Length);
