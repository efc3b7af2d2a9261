namespace Coordination.Server.Storage;

/// <summary>Storage cannot do what was asked; the message says which file and what the operator can do.</summary>
internal class StorageException : Exception
{
    public StorageException(string message)
        : base(message)
    {
    }

    public StorageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A call to the operating system failed.</summary>
internal class DiskException : StorageException
{
    public DiskException(string call, string path, int errno, string reason)
        : base($"{call} of '{path}' failed: {reason} (error {errno})")
    {
        Call = call;
        Path = path;
        Errno = errno;
    }

    public DiskException(string call, string path, Exception inner)
        : base($"{call} of '{path}' failed: {inner.Message}", inner)
    {
        Call = call;
        Path = path;
        Errno = inner.HResult;
    }

    /// <summary>The call, by its usual name.</summary>
    public string Call { get; }

    /// <summary>The file or directory.</summary>
    public string Path { get; }

    /// <summary>The operating system's number; 28 is "no space left" on Linux.</summary>
    public int Errno { get; }
}

/// <summary>
/// A sync failed. The process must stop acknowledging and end: the data that should have become durable may be gone while the next sync
/// reports success.
/// </summary>
internal sealed class DiskSyncException : DiskException
{
    public DiskSyncException(string call, string path, int errno, string reason)
        : base(call, path, errno, reason)
    {
    }
}

/// <summary>Another process, or another server in this process, uses the directory.</summary>
internal sealed class DataDirectoryLockedException(string message) : StorageException(message);

/// <summary>The directory's content cannot be what a server left there: something is missing or does not fit together.</summary>
internal sealed class DataDirectoryException(string message) : StorageException(message);

/// <summary>A log file is damaged in a way that no interrupted write explains.</summary>
internal sealed class CorruptLogException(string path, long offset, string reason, string advice)
    : StorageException($"Transaction log '{path}' is damaged at offset {offset}: {reason}. {advice}")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Where the first bad record begins.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong.</summary>
    public string Reason { get; } = reason;
}

/// <summary>A snapshot cannot be read.</summary>
internal sealed class CorruptSnapshotException(string path, long offset, string reason)
    : StorageException($"Snapshot '{path}' cannot be read at offset {offset}: {reason}")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Where reading ended, in uncompressed bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong.</summary>
    public string Reason { get; } = reason;
}
