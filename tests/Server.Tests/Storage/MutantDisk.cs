using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

/// <summary>Files in memory that are shared until somebody changes one: a damaged directory costs one copied file, not all of them.</summary>
internal sealed class MutantDisk(IReadOnlyDictionary<string, byte[]> files) : IDisk
{
    private readonly Dictionary<string, byte[]> _files = new(files, StringComparer.Ordinal);

    /// <summary>The files by path.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => _files;

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        if (mode == DiskOpenMode.Create)
            _files[path] = [];
        else if (!_files.ContainsKey(path))
            throw new DiskException("open", path, 2, "No such file or directory");
        return new Handle(this, path);
    }

    public bool Exists(string path) => true;

    public void CreateDirectory(string path)
    {
    }

    public IReadOnlyList<DiskEntry> List(string directory) =>
        [.. _files.Where(file => Path.GetDirectoryName(file.Key) == directory).Select(file => new DiskEntry(Path.GetFileName(file.Key), file.Value.Length))];

    public void Rename(string from, string to)
    {
        _files[to] = _files[from];
        _files.Remove(from);
    }

    public void Delete(string path) => _files.Remove(path);

    public void SyncDirectory(string path)
    {
    }

    public DiskSpace Space(string directory) => new(1L << 40, 1L << 40);

    public IDisposable? TryLock(string path, string holder) => new Handle(this, path);

    private sealed class Handle(MutantDisk disk, string path) : IDiskFile
    {
        public string Path => path;

        public long Length => disk._files[path].Length;

        public int Read(Span<byte> buffer, long offset)
        {
            byte[] content = disk._files[path];
            int count = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
            if (count > 0)
                content.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            byte[] content = disk._files[path];
            byte[] changed = new byte[Math.Max(content.Length, offset + bytes.Length)];
            content.CopyTo(changed, 0);
            bytes.CopyTo(changed.AsSpan((int)offset));
            disk._files[path] = changed;
        }

        public void SetLength(long length)
        {
            byte[] changed = new byte[length];
            byte[] content = disk._files[path];
            content.AsSpan(0, (int)Math.Min(length, content.Length)).CopyTo(changed);
            disk._files[path] = changed;
        }

        public void WriteOut(long offset, long length)
        {
        }

        public void SyncData()
        {
        }

        public void Sync()
        {
        }

        public void Dispose()
        {
        }
    }
}
