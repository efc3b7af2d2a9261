using System.Text;

namespace Coordination.Server.Storage;

/// <summary>
/// Files of a few lines that operators and Apache's servers read too. Each is replaced as a whole: after a crash it is the old one or the
/// new one.
/// </summary>
internal static class SmallFile
{
    /// <summary>What none of these files exceeds.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <summary>The text of a file, or null if there is none.</summary>
    /// <exception cref="DataDirectoryException">It is larger than any such file is.</exception>
    public static string? TryRead(IDisk disk, string path)
    {
        if (!disk.Exists(path))
            return null;

        using IDiskFile file = disk.Open(path, DiskOpenMode.Read);
        if (file.Length > MaxLength)
            throw new DataDirectoryException($"'{path}' has {file.Length} bytes; at most {MaxLength} are read.");

        byte[] bytes = new byte[file.Length];
        return Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0));
    }

    /// <summary>Writes a file under another name, makes it durable, and gives it its name, durably.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="unfinished">Where to write; in the same directory.</param>
    /// <param name="path">The file.</param>
    /// <param name="text">All of it.</param>
    /// <exception cref="DiskException">The file is the old one, or with <see cref="DiskSyncException"/> one of the two.</exception>
    public static void Replace(IDisk disk, string unfinished, string path, string text)
    {
        using (IDiskFile file = disk.Open(unfinished, DiskOpenMode.Create))
        {
            file.Write(Encoding.UTF8.GetBytes(text), 0);
            file.Sync();
        }

        disk.Rename(unfinished, path);
        disk.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Removes a file, durably, if it exists.</summary>
    public static void Remove(IDisk disk, string path)
    {
        if (!disk.Exists(path))
            return;

        disk.Delete(path);
        disk.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
