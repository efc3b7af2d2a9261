using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The physical disk, until a test makes its syncs fail or slow.</summary>
internal sealed class FailingDisk : IDisk
{
    private readonly PhysicalDisk _disk = PhysicalDisk.Instance;

    /// <summary>From now on every sync of data fails, as a broken disk reports it.</summary>
    public bool FailSyncs { get; set; }

    /// <summary>How long the next sync of data takes beyond what the disk needs, in milliseconds.</summary>
    public Func<int>? Delay { get; set; }

    public IDiskFile Open(string path, DiskOpenMode mode) => new File(this, _disk.Open(path, mode));

    public bool Exists(string path) => _disk.Exists(path);

    public void CreateDirectory(string path) => _disk.CreateDirectory(path);

    /// <summary>Runs whenever a directory is listed.</summary>
    public Action? Listing { get; set; }

    public IReadOnlyList<DiskEntry> List(string directory)
    {
        Listing?.Invoke();
        return _disk.List(directory);
    }

    public void Rename(string from, string to) => _disk.Rename(from, to);

    public void Delete(string path) => _disk.Delete(path);

    public void SyncDirectory(string path) => _disk.SyncDirectory(path);

    /// <summary>The room reported from now on; null reports what there is.</summary>
    public DiskSpace? Room { get; set; }

    public DiskSpace Space(string directory) => Room ?? _disk.Space(directory);

    public IDisposable? TryLock(string path, string holder) => _disk.TryLock(path, holder);

    /// <summary>Runs before anything is read from a file.</summary>
    public Action<string>? Reading { get; set; }

    private sealed class File(FailingDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            disk.Reading?.Invoke(Path);
            return file.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

        public void SetLength(long length) => file.SetLength(length);

        public void SyncData()
        {
            if (disk.FailSyncs)
                throw new DiskSyncException("fdatasync", file.Path, 5, "Input/output error");
            if (disk.Delay?.Invoke() is { } delay and > 0)
                Thread.Sleep(delay);
            file.SyncData();
        }

        public void WriteOut(long offset, long length) => file.WriteOut(offset, length);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
