using System.Runtime.InteropServices;

namespace Coordination.Server.Storage;

/// <summary>
/// The system calls of Linux on 64-bit machines. Called directly because .NET's flush methods report success when fsync fails, and because
/// an errno that stops the process must be named.
/// </summary>
internal static partial class Posix
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int CreateFlag = 0x40;
    public const int TruncateFlag = 0x200;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int TooManyLinks = 40;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;
    public const int FullFsync = 51;
    public const int InputOutputError = 5;
    public const int NoSpace = 28;
    public const int QuotaExceeded = 122;
    public const uint WaitBeforeWriteWaitAfter = 7;
    public const int NotNeeded = 4;
    private const string Library = "libc";
    private const int EmptyPath = 0x1000;
    private const uint WantsType = 1;
    private const int StatusSize = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;

    /// <summary>Flags that are not the same number on every processor.</summary>
    public static int NoFollow { get; } =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint PRead(int descriptor, byte* buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static unsafe partial nint PWrite(int descriptor, byte* buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int descriptor, long length);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int descriptor);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int descriptor);

    [LibraryImport(Library, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncRange(int descriptor, long offset, long length, uint flags);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int Advise(int descriptor, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int descriptor, int operation);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(int directory, string path, int flags, uint mask, byte* status);

    /// <summary>Whether a descriptor is that of a regular file; also where the system does not say.</summary>
    public static unsafe bool IsRegular(int descriptor)
    {
        byte* status = stackalloc byte[StatusSize];
        return Status(descriptor, "", EmptyPath, WantsType, status) != 0 || (*(ushort*)(status + ModeOffset) & TypeMask) == RegularType;
    }

    /// <summary>Throws for the last failed call.</summary>
    public static DiskException Failure(string call, string path)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new DiskException(call, path, errno, Marshal.GetPInvokeErrorMessage(errno));
    }

    /// <summary>Throws for the last failed sync.</summary>
    public static DiskSyncException SyncFailure(string call, string path)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new DiskSyncException(call, path, errno, Marshal.GetPInvokeErrorMessage(errno));
    }

    /// <summary>Whether the last call was interrupted by a signal before it did anything.</summary>
    public static bool WasInterrupted => Marshal.GetLastPInvokeError() == Interrupted;
}
