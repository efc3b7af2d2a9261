namespace Coordination.Server.Storage;

/// <summary>A disk that cannot be changed: whoever only looks is handed this one, so that no mistake of his can touch the data.</summary>
internal sealed class ReadOnlyDisk(IDisk disk) : IDisk
{
    public IDiskFile Open(string path, DiskOpenMode mode) => mode == DiskOpenMode.Read ? disk.Open(path, mode) : throw Refusal(path);

    public bool Exists(string path) => disk.Exists(path);

    public IReadOnlyList<DiskEntry> List(string directory) => disk.List(directory);

    public DiskSpace Space(string directory) => disk.Space(directory);

    public void CreateDirectory(string path) => throw Refusal(path);

    public void Rename(string from, string to) => throw Refusal(from);

    public void Delete(string path) => throw Refusal(path);

    public void SyncDirectory(string path) => throw Refusal(path);

    public IDisposable? TryLock(string path, string holder) => throw Refusal(path);

    private static InvalidOperationException Refusal(string path) => new($"'{path}' was to be changed by somebody who only looks.");
}
