using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coordination.Server.Storage;

/// <summary>
/// A file on Windows and macOS. Reads and writes go through the platform; the flush is the system's own call with its result checked.
/// Written for these systems, proven on neither.
/// </summary>
internal sealed partial class PortableFile(string path, SafeFileHandle handle) : IDiskFile
{
    public string Path { get; } = path;

    public long Length => Checked("length", () => RandomAccess.GetLength(handle));

    public static PortableFile Open(string path, DiskOpenMode mode)
    {
        try
        {
            FileMode fileMode = mode == DiskOpenMode.Create ? FileMode.Create : FileMode.Open;
            FileAccess access = mode == DiskOpenMode.Read ? FileAccess.Read : FileAccess.ReadWrite;
            return new PortableFile(path, File.OpenHandle(path, fileMode, access, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DiskException("open", path, error);
        }
    }

    public static void SyncDirectory(string path)
    {
        // NTFS journals its names and has no such call.
        if (OperatingSystem.IsWindows())
            return;

        int descriptor = Posix.Open(path, Posix.ReadOnly, 0);
        if (descriptor < 0)
            throw Posix.Failure("open", path);
        bool synced = Posix.Sync(descriptor) == 0;
        DiskSyncException failure = Posix.SyncFailure("fsync", path);
        _ = Posix.Close(descriptor);
        if (!synced)
            throw failure;
    }

    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int count = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (count == 0)
                    break;
                total += count;
            }

            return total;
        }
        catch (IOException error)
        {
            throw new DiskException("read", Path, error);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (IOException error)
        {
            throw new DiskException("write", Path, error);
        }
    }

    public void SetLength(long length) => Checked("set length", () =>
    {
        RandomAccess.SetLength(handle, length);
        return length;
    });

    // The system brings it to the disk when it likes; there is no call to ask for it.
    public void WriteOut(long offset, long length)
    {
    }

    public void SyncData() => Sync();

    public void Sync()
    {
        bool succeeded = OperatingSystem.IsWindows()
            ? FlushFileBuffers(handle)
            : Posix.Control((int)handle.DangerousGetHandle(), Posix.FullFsync) != -1;
        if (!succeeded)
            throw Posix.SyncFailure(OperatingSystem.IsWindows() ? "FlushFileBuffers" : "fcntl(F_FULLFSYNC)", Path);
    }

    public void Dispose() => handle.Dispose();

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);

    private long Checked(string call, Func<long> action)
    {
        try
        {
            return action();
        }
        catch (IOException error)
        {
            throw new DiskException(call, Path, error);
        }
    }
}
