namespace Coordination.Server.Storage;

/// <summary>A file on Linux, by its descriptor.</summary>
internal sealed unsafe class LinuxFile : IDiskFile
{
    private const int SeekEnd = 2;
    private const int OwnerReadWriteOthersRead = 0x1A4;
    private int _descriptor;

    private LinuxFile(string path, int descriptor)
    {
        Path = path;
        _descriptor = descriptor;
    }

    public string Path { get; }

    public long Length
    {
        get
        {
            long length = Posix.Seek(Descriptor, 0, SeekEnd);
            return length >= 0 ? length : throw Posix.Failure("lseek", Path);
        }
    }

    private int Descriptor => _descriptor >= 0 ? _descriptor : throw new ObjectDisposedException(Path);

    public static LinuxFile Open(string path, DiskOpenMode mode)
    {
        int flags = Posix.CloseOnExec | mode switch
        {
            DiskOpenMode.Read => Posix.ReadOnly,
            DiskOpenMode.ReadWrite => Posix.ReadWrite,
            _ => Posix.ReadWrite | Posix.CreateFlag | Posix.TruncateFlag,
        };
        return OpenRegular(path, flags);
    }

    /// <summary>Without blocking: a named pipe would wait for somebody at its other end, and is refused.</summary>
    /// <exception cref="DataDirectoryException">There is something else under the name.</exception>
    private static LinuxFile OpenRegular(string path, int flags)
    {
        LinuxFile file = new(path, OpenDescriptor(path, flags | Posix.NonBlocking));
        if (Posix.IsRegular(file.Descriptor))
            return file;

        file.Dispose();
        throw new DataDirectoryException($"'{path}' is no regular file, so no server has put it there. Move it away.");
    }

    public static void SyncDirectory(string path)
    {
        using LinuxFile directory = new(path, OpenDescriptor(path, Posix.ReadOnly | Posix.CloseOnExec));
        directory.Sync();
    }

    /// <summary>Opens the file and takes its advisory lock; unlike a record lock it also excludes other opens in this process.</summary>
    /// <exception cref="DataDirectoryException">Under its name is a link, which could lead to anybody's file, or no file.</exception>
    public static LinuxFile? TryLock(string path)
    {
        LinuxFile file;
        try
        {
            file = OpenRegular(path, Posix.ReadWrite | Posix.CreateFlag | Posix.CloseOnExec | Posix.NoFollow);
        }
        catch (DiskException e) when (e.Errno == Posix.TooManyLinks)
        {
            throw new DataDirectoryException($"'{path}' is a symbolic link: what is locked and written must be a file of its own. Remove the link.");
        }

        while (Posix.Lock(file.Descriptor, Posix.LockExclusive | Posix.LockNonBlocking) != 0)
        {
            if (Posix.WasInterrupted)
                continue;

            bool held = System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Posix.WouldBlock;
            DiskException failure = Posix.Failure("flock", path);
            file.Dispose();
            return held ? null : throw failure;
        }

        return file;
    }

    public int Read(Span<byte> buffer, long offset)
    {
        int total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                nint count = Posix.PRead(Descriptor, start + total, buffer.Length - total, offset + total);
                if (count == 0)
                    break;
                if (count > 0)
                    total += (int)count;
                else if (!Posix.WasInterrupted)
                    throw Posix.Failure("pread", Path);
            }
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        int total = 0;
        fixed (byte* start = bytes)
        {
            while (total < bytes.Length)
            {
                nint count = Posix.PWrite(Descriptor, start + total, bytes.Length - total, offset + total);
                if (count > 0)
                    total += (int)count;
                else if (count == 0 || !Posix.WasInterrupted)
                    throw Posix.Failure("pwrite", Path);
            }
        }
    }

    public void SetLength(long length)
    {
        while (Posix.Truncate(Descriptor, length) != 0)
        {
            if (!Posix.WasInterrupted)
                throw Posix.Failure("ftruncate", Path);
        }
    }

    // An interrupted sync has not reported an error yet, so asking again is not the retry that loses data.
    public void SyncData()
    {
        while (Posix.SyncData(Descriptor) != 0)
        {
            if (!Posix.WasInterrupted)
                throw Posix.SyncFailure("fdatasync", Path);
        }
    }

    public void WriteOut(long offset, long length)
    {
        while (Posix.SyncRange(Descriptor, offset, length, Posix.WaitBeforeWriteWaitAfter) != 0)
        {
            if (Posix.WasInterrupted)
                continue;

            // A file system that does not know the call has done nothing, and no harm. An error of the disk is another matter.
            int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            if (errno is not (Posix.InputOutputError or Posix.NoSpace or Posix.QuotaExceeded))
                return;
            throw Posix.SyncFailure("sync_file_range", Path);
        }

        _ = Posix.Advise(Descriptor, offset, length, Posix.NotNeeded);
    }

    public void Sync()
    {
        while (Posix.Sync(Descriptor) != 0)
        {
            if (!Posix.WasInterrupted)
                throw Posix.SyncFailure("fsync", Path);
        }
    }

    public void Dispose()
    {
        int descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
    }

    private static int OpenDescriptor(string path, int flags)
    {
        while (true)
        {
            int descriptor = Posix.Open(path, flags, OwnerReadWriteOthersRead);
            if (descriptor >= 0)
                return descriptor;
            if (!Posix.WasInterrupted)
                throw Posix.Failure("open", path);
        }
    }
}
