namespace Coordination.Server.Storage;

/// <summary>The directories on disk: created, locked against a second server, checked for mixed-up settings, freed of unfinished files.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly List<DataDirectoryLock> _locks = [];

    private DataDirectory()
    {
    }

    /// <summary>Takes possession of the directories.</summary>
    /// <exception cref="DataDirectoryLockedException">Another server has them.</exception>
    /// <exception cref="DataDirectoryException">Logs and snapshots are in each other's directory.</exception>
    public static DataDirectory Open(IDisk disk, StorageOptions options, List<string> notes)
    {
        DataDirectory directory = new();
        try
        {
            disk.CreateDirectory(options.SnapshotFiles);
            disk.CreateDirectory(options.LogFiles);
            directory._locks.Add(DataDirectoryLock.Take(disk, options.DataDirectory));
            bool isSplit = !IsSame(options.SnapshotFiles, options.LogFiles);
            if (isSplit)
            {
                directory._locks.Add(DataDirectoryLock.Take(disk, options.DataLogDirectory!));
                RefuseMixedDirectories(disk, options);
            }

            RemoveUnfinished(disk, options.SnapshotFiles, notes);
            if (isSplit)
                RemoveUnfinished(disk, options.LogFiles, notes);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DataDirectoryLock taken in _locks)
            taken.Dispose();
        _locks.Clear();
    }

    private static bool IsSame(string left, string right) => Path.GetFullPath(left) == Path.GetFullPath(right);

    /// <summary>
    /// Refuses files of one kind in the directory of the other: somebody who separates the directories later and forgets to move the files
    /// would start with an empty database (ZOOKEEPER-2967).
    /// </summary>
    /// <exception cref="DataDirectoryException">There are such files.</exception>
    public static void RefuseMixedDirectories(IDisk disk, StorageOptions options)
    {
        foreach (DiskEntry entry in disk.List(options.LogFiles))
        {
            if (DataFileName.LooksLikeSnapshot(entry.Name))
                throw Mixed(options.LogFiles, entry.Name, "dataLogDir", "dataDir", options.SnapshotFiles);
        }

        foreach (DiskEntry entry in disk.List(options.SnapshotFiles))
        {
            if (DataFileName.LooksLikeLog(entry.Name))
                throw Mixed(options.SnapshotFiles, entry.Name, "dataDir", "dataLogDir", options.LogFiles);
        }
    }

    private static DataDirectoryException Mixed(string directory, string name, string here, string there, string target) => new(
        $"'{Path.Combine(directory, name)}' is in the directory of {here} but belongs into that of {there}, '{target}'. Move such files there, "
        + "or let both settings name one directory; starting would ignore them.");

    private static void RemoveUnfinished(IDisk disk, string directory, List<string> notes)
    {
        bool isChanged = false;
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (!DataFileName.IsUnfinished(entry.Name))
                continue;
            disk.Delete(Path.Combine(directory, entry.Name));
            notes.Add($"Removed '{entry.Name}', which was being written when the server ended.");
            isChanged = true;
        }

        if (isChanged)
            disk.SyncDirectory(directory);
    }
}
