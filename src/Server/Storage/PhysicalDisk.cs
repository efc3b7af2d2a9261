using System.Text;

namespace Coordination.Server.Storage;

/// <summary>The file system of this machine.</summary>
internal sealed class PhysicalDisk : IDisk
{
    /// <summary>The only one needed; it has no state.</summary>
    public static PhysicalDisk Instance { get; } = new();

    public IDiskFile Open(string path, DiskOpenMode mode) =>
        OperatingSystem.IsLinux() ? LinuxFile.Open(path, mode) : PortableFile.Open(path, mode);

    public bool Exists(string path) => Path.Exists(path);

    public void CreateDirectory(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            return;

        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
            CreateDirectory(parent);
        Managed("mkdir", full, () => Directory.CreateDirectory(full));
        if (parent is not null)
            SyncDirectory(parent);
    }

    public IReadOnlyList<DiskEntry> List(string directory)
    {
        List<DiskEntry> entries = [];
        Managed("list", directory, () =>
        {
            foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles())
            {
                if (TryGetLength(file, out long length))
                    entries.Add(new DiskEntry(file.Name, length));
            }
        });
        return entries;
    }

    /// <summary>While a directory is listed, another thread may give a file its final name, or somebody may delete one.</summary>
    private static bool TryGetLength(FileInfo file, out long length)
    {
        length = 0;
        try
        {
            length = file.Length;
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    public void Rename(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
            Managed("rename", from, () => File.Move(from, to, overwrite: true));
        else if (Posix.Rename(from, to) != 0)
            throw Posix.Failure("rename", from);
    }

    public void Delete(string path)
    {
        if (!OperatingSystem.IsLinux())
            Managed("delete", path, () => File.Delete(path));
        else if (Posix.Unlink(path) != 0)
            throw Posix.Failure("unlink", path);
    }

    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsLinux())
            LinuxFile.SyncDirectory(path);
        else
            PortableFile.SyncDirectory(path);
    }

    public DiskSpace Space(string directory)
    {
        DiskSpace space = default;
        Managed("statvfs", directory, () =>
        {
            DriveInfo drive = new(Path.GetFullPath(directory));
            space = new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
        });
        return space;
    }

    public IDisposable? TryLock(string path, string holder)
    {
        if (!OperatingSystem.IsLinux())
            return TryLockPortable(path, holder);

        LinuxFile? file = LinuxFile.TryLock(path);
        if (file is null)
            return null;
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(holder), 0);
        return file;
    }

    private static FileStream? TryLockPortable(string path, string holder)
    {
        try
        {
            FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(holder));
            file.Flush();
            return file;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Managed(string call, string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DiskException(call, path, error);
        }
    }
}
