using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// For operators who have switched off that a missing directory, or an empty one, becomes a new database: a wrong path or a lost disk
/// must not look like an empty tree.
/// </summary>
internal static class ExpectedData
{
    private const string Permission = "initialize";

    /// <summary>Refuses to start where data should be and is not. To be asked before the directories are opened, which creates them.</summary>
    /// <exception cref="DataDirectoryException">What is missing, and what can be done.</exception>
    public static void Require(IDisk disk, StorageOptions storage, CoordinationServerOptions options)
    {
        if (!options.CreateDataDirectory)
        {
            RequireDirectory(disk, storage.SnapshotFiles);
            RequireDirectory(disk, storage.LogFiles);
        }

        if (!options.CreateDatabase && !HoldsData(disk, storage.SnapshotFiles) && !HoldsData(disk, storage.LogFiles))
            TakePermission(disk, storage);
    }

    private static void RequireDirectory(IDisk disk, string directory)
    {
        if (!disk.Exists(directory))
        {
            throw new DataDirectoryException(
                $"The directory '{directory}' does not exist, and datadir.autocreate is off. Check dataDir and dataLogDir, or create the directory.");
        }
    }

    private static bool HoldsData(IDisk disk, string directory) =>
        disk.Exists(directory)
        && disk.List(directory).Any(static file => DataFileName.LooksLikeLog(file.Name) || DataFileName.LooksLikeSnapshot(file.Name));

    /// <summary>Used up at once: the next start without data needs a new one.</summary>
    private static void TakePermission(IDisk disk, StorageOptions storage)
    {
        string file = Path.Combine(storage.DataDirectory, Permission);
        if (!disk.Exists(file))
        {
            throw new DataDirectoryException(
                $"There is no data in '{storage.SnapshotFiles}', and db.autocreate is off. Check dataDir, restore a copy, "
                + $"or create the file '{file}' to begin with an empty database.");
        }

        disk.Delete(file);
        disk.SyncDirectory(storage.DataDirectory);
    }
}
