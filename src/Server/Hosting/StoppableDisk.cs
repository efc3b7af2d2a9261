using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// A disk whose reading can be given up while a server starts: recovery takes as long as the data is large, and whoever asks the server to
/// stop need not wait for it. Recovery changes nothing that was acknowledged, so it may end between any two reads.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="cancellation">Gives up, until <see cref="Started"/>.</param>
internal sealed class StoppableDisk(IDisk disk, CancellationToken cancellation) : IDisk
{
    private volatile bool _hasStarted;

    /// <summary>From now on everything is read to its end.</summary>
    public void Started() => _hasStarted = true;

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        IDiskFile file = disk.Open(path, mode);
        return mode == DiskOpenMode.Read && !_hasStarted ? new File(this, file) : file;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => disk.Exists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory) => disk.List(directory);

    /// <inheritdoc/>
    public void Rename(string from, string to) => disk.Rename(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => disk.Delete(path);

    /// <inheritdoc/>
    public void SyncDirectory(string path) => disk.SyncDirectory(path);

    /// <inheritdoc/>
    public DiskSpace Space(string directory) => disk.Space(directory);

    /// <inheritdoc/>
    public IDisposable? TryLock(string path, string holder) => disk.TryLock(path, holder);

    private void ThrowIfGivenUp()
    {
        if (!_hasStarted)
            cancellation.ThrowIfCancellationRequested();
    }

    private sealed class File(StoppableDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            disk.ThrowIfGivenUp();
            return file.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

        public void SetLength(long length) => file.SetLength(length);

        public void SyncData() => file.SyncData();

        public void WriteOut(long offset, long length) => file.WriteOut(offset, length);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
