using System.Text;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

/// <summary>The machine lost its power in the middle of a call.</summary>
internal sealed class SimulatedCrashException() : Exception("The simulated machine lost its power.");

/// <summary>
/// A disk in memory that keeps apart what is durable and what is not. After a crash each 512-byte sector of each unsynced write, each
/// unsynced change of size and each unsynced change of a name is there or is not, drawn independently (names in the order in which they
/// changed, as a journal keeps them, except that single removals may be missing). A failed sync drops the pending data and the next one
/// succeeds, as on Linux.
/// </summary>
internal sealed class SimulatedDisk : IDisk
{
    private readonly Dictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedFile> _durableNames = new(StringComparer.Ordinal);
    private readonly List<NameChange> _changes = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);

    /// <summary>Calls that change something, so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The power goes during this operation, counted from 1; 0 never.</summary>
    public int CrashAt { get; set; }

    /// <summary>This sync fails, counted in <see cref="Syncs"/> from 1; 0 none.</summary>
    public int FailSyncAt { get; set; }

    /// <summary>This write fails after a part of it, counted in <see cref="Writes"/> from 1, because the disk is full; 0 none.</summary>
    public int FailWriteAt { get; set; }

    /// <summary>Writes so far.</summary>
    public int Writes { get; private set; }

    /// <summary>The room that is reported.</summary>
    public DiskSpace Room { get; set; } = new(1L << 40, 1L << 40);

    /// <summary>Syncs so far.</summary>
    public int Syncs { get; private set; }

    /// <summary>Loads a real directory; everything in it is durable.</summary>
    public static SimulatedDisk From(string source, string target)
    {
        SimulatedDisk disk = new();
        foreach (string path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string name = Path.Combine(target, Path.GetRelativePath(source, path));
            disk.CreateDirectory(Path.GetDirectoryName(name)!);
            disk.Put(name, File.ReadAllBytes(path));
        }

        return disk;
    }

    /// <summary>Everything in memory, durable or not, as a durable copy.</summary>
    public SimulatedDisk Copy()
    {
        SimulatedDisk copy = new();
        copy._directories.UnionWith(_directories);
        foreach ((string path, SimulatedFile file) in _names)
            copy.Put(path, file.Content.ToArray());
        return copy;
    }

    /// <summary>Writes a file, durably.</summary>
    public void Put(string path, byte[] content)
    {
        SimulatedFile file = new(content);
        _names[path] = file;
        _durableNames[path] = file;
    }

    /// <summary>The content of a file as programs see it.</summary>
    public byte[] Get(string path) => Existing(path).Content.ToArray();

    /// <summary>What the disk may hold after the power failed now. <paramref name="survival"/> is the chance of each unsynced piece.</summary>
    public SimulatedDisk AfterCrash(Random random, double survival)
    {
        Dictionary<string, SimulatedFile> names = new(_durableNames, StringComparer.Ordinal);
        foreach (NameChange change in _changes)
        {
            if (random.NextDouble() >= survival && survival < 1)
            {
                if (change.To is null)
                    continue;
                break;
            }

            change.ApplyTo(names);
        }

        SimulatedDisk disk = new();
        disk._directories.UnionWith(_directories);
        foreach ((string path, SimulatedFile file) in names)
            disk.Put(path, file.AfterCrash(random, survival));
        return disk;
    }

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        if (mode != DiskOpenMode.Create)
            return new Handle(this, Existing(path), path);

        Change(new NameChange(null, path, new SimulatedFile([])));
        return new Handle(this, _names[path], path);
    }

    public bool Exists(string path) => _names.ContainsKey(path) || _directories.Contains(path);

    public void CreateDirectory(string path) => _directories.Add(path);

    public IReadOnlyList<DiskEntry> List(string directory) =>
    [
        .. _names.Where(pair => Path.GetDirectoryName(pair.Key) == directory)
            .Select(pair => new DiskEntry(Path.GetFileName(pair.Key), pair.Value.Content.Length)),
    ];

    public void Rename(string from, string to) => Change(new NameChange(from, to, Existing(from)));

    public void Delete(string path) => Change(new NameChange(path, null, Existing(path)));

    public void SyncDirectory(string path)
    {
        CountSync("fsync", path);
        foreach (NameChange change in _changes.Where(change => change.IsIn(path)))
            change.ApplyTo(_durableNames);
        _changes.RemoveAll(change => change.IsIn(path));
    }

    public DiskSpace Space(string directory) => Room;

    public IDisposable? TryLock(string path, string holder)
    {
        if (!_locks.Add(path))
            return null;
        Put(path, Encoding.UTF8.GetBytes(holder));
        return new Release(() => _locks.Remove(path));
    }

    private SimulatedFile Existing(string path) =>
        _names.TryGetValue(path, out SimulatedFile? file) ? file : throw new DiskException("open", path, 2, "No such file or directory");

    private void Change(NameChange change)
    {
        _changes.Add(change);
        Count();
        change.ApplyTo(_names);
    }

    private void Count()
    {
        Operations++;
        if (CrashAt > 0 && Operations >= CrashAt)
            throw new SimulatedCrashException();
    }

    private void CountSync(string call, string path)
    {
        Count();
        Syncs++;
        if (Syncs == FailSyncAt)
            throw new DiskSyncException(call, path, 5, "Input/output error");
    }

    private sealed record NameChange(string? From, string? To, SimulatedFile File)
    {
        public bool IsIn(string directory) => Path.GetDirectoryName(To ?? From) == directory;

        public void ApplyTo(Dictionary<string, SimulatedFile> names)
        {
            if (From is not null && names.TryGetValue(From, out SimulatedFile? present) && ReferenceEquals(present, File))
                names.Remove(From);
            if (To is not null)
                names[To] = File;
        }
    }

    private sealed class Release(Action action) : IDisposable
    {
        public void Dispose() => action();
    }

    private sealed class Handle(SimulatedDisk disk, SimulatedFile file, string path) : IDiskFile
    {
        public string Path => path;

        public long Length => file.Content.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            int count = (int)Math.Clamp(file.Content.Length - offset, 0, buffer.Length);
            if (count > 0)
                file.Content.Slice((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            bool isFull = ++disk.Writes == disk.FailWriteAt;
            file.Write(isFull ? bytes[..(bytes.Length / 2)] : bytes, (int)offset);
            disk.Count();
            if (isFull)
                throw new DiskException("pwrite", path, 28, "No space left on device");
        }

        public void SetLength(long length)
        {
            file.SetLength((int)length);
            disk.Count();
        }

        public void WriteOut(long offset, long length)
        {
            file.MakeLikely((int)offset, (int)length);
            disk.Count();
        }

        public void SyncData() => Sync("fdatasync");

        public void Sync() => Sync("fsync");

        public void Dispose()
        {
        }

        private void Sync(string call)
        {
            try
            {
                disk.CountSync(call, path);
            }
            catch (DiskSyncException)
            {
                file.DropPending();
                throw;
            }

            file.MakeDurable();
        }
    }
}
