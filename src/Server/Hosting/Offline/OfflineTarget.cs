using Coordination.Protocol;
using Coordination.Server.Hosting.CommandLine;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Offline;

/// <summary>What an offline command was pointed at: a data directory, or one file. Nothing of it can be changed from here.</summary>
internal sealed class OfflineTarget
{
    private readonly StorageOptions _options;

    private OfflineTarget(StorageOptions options, string? log, SnapshotFile? snapshot)
    {
        _options = options;
        Log = log;
        Snapshot = snapshot;
        Logs = new LogReader(Disk, options.LogFiles, options.MaxEntryLength);
        Snapshots = new SnapshotStore(Disk, options.SnapshotFiles, options.MaxEntryLength);
    }

    /// <summary>The file, if it is one log.</summary>
    public string? Log { get; }

    /// <summary>The file, if it is one snapshot.</summary>
    public SnapshotFile? Snapshot { get; }

    /// <summary>Reads logs.</summary>
    public LogReader Logs { get; }

    /// <summary>Reads snapshots.</summary>
    public SnapshotStore Snapshots { get; }

    /// <summary>Where the snapshots are.</summary>
    public string Directory => _options.SnapshotFiles;

    private static IDisk Disk { get; } = new ReadOnlyDisk(PhysicalDisk.Instance);

    /// <summary>Finds out what a path stands for.</summary>
    /// <exception cref="ServerConfigurationException">It is neither a data directory nor a file of one.</exception>
    public static OfflineTarget Find(OfflineRequest request)
    {
        string path = Path.GetFullPath(request.Path);
        if (System.IO.Directory.Exists(path))
            return new OfflineTarget(OptionsOf(path, request.LogDirectory), null, null);
        if (!File.Exists(path))
            throw new ServerConfigurationException($"'{path}' does not exist.");

        string name = Path.GetFileName(path);
        StorageOptions options = new() { DataDirectory = Path.GetDirectoryName(path)! };
        if (DataFileName.TryParseLog(name, out _))
            return new OfflineTarget(options, path, null);
        if (DataFileName.TryParseSnapshot(name, out Zxid last, out string suffix))
            return new OfflineTarget(options, null, new SnapshotFile(last, path, suffix, new FileInfo(path).Length));
        throw new ServerConfigurationException($"'{path}' has the name neither of a log (log.<hex>) nor of a snapshot (snapshot.<hex>, snapshot.<hex>.gz).");
    }

    /// <summary>What a start would find in the directory; changes nothing.</summary>
    /// <exception cref="StorageException">A start would be refused.</exception>
    public StorageRecovery Examine()
    {
        if (_options.DataLogDirectory is not null)
            DataDirectory.RefuseMixedDirectories(Disk, _options);
        return StorageRecovery.Examine(Disk, _options, Snapshots, []);
    }

    private static StorageOptions OptionsOf(string path, string? logs)
    {
        StorageOptions options = new() { DataDirectory = Parent(path), DataLogDirectory = logs is null ? null : Parent(Path.GetFullPath(logs)) };
        foreach (string directory in (string[])[options.SnapshotFiles, options.LogFiles])
        {
            if (!System.IO.Directory.Exists(directory))
                throw new ServerConfigurationException($"'{directory}' does not exist: '{path}' is no data directory.");
        }

        return options.SnapshotFiles == options.LogFiles ? options with { DataLogDirectory = null } : options;
    }

    private static string Parent(string path) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) == DataFileName.FormatDirectory ? Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path))! : path;
}
