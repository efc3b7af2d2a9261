using System.Text;

namespace Coordination.Server.Storage;

/// <summary>
/// The exclusive claim on a data directory. Two servers on one directory would interleave their logs, so the second one must not get as far
/// as reading. The lock is the operating system's and ends with the process, however it ends; the file stays and names the last holder.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    /// <summary>The file in the directory that is locked.</summary>
    public const string FileName = "coordination.lock";

    private readonly IDisposable _lock;

    private DataDirectoryLock(IDisposable taken) => _lock = taken;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="DataDirectoryLockedException">Somebody holds it; the message names the process.</exception>
    public static DataDirectoryLock Take(IDisk disk, string directory)
    {
        string path = Path.Combine(directory, FileName);
        IDisposable? taken = disk.TryLock(path, $"{Environment.ProcessId}\n");
        if (taken is not null)
            return new DataDirectoryLock(taken);

        string holder = ReadHolder(disk, path);
        string who = holder == $"{Environment.ProcessId}"
            ? $"this process (pid {holder})"
            : holder.Length > 0 ? $"process {holder}" : "another process";
        throw new DataDirectoryLockedException(
            $"The data directory '{directory}' is in use by {who}, which holds '{path}'. Stop that server or configure another directory.");
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string ReadHolder(IDisk disk, string path)
    {
        try
        {
            using IDiskFile file = disk.Open(path, DiskOpenMode.Read);
            Span<byte> text = stackalloc byte[32];
            return Encoding.UTF8.GetString(text[..file.Read(text, 0)]).Trim();
        }
        catch (DiskException)
        {
            return "";
        }
    }
}
