using System.Runtime.InteropServices;
using Coordination.Bench.Native;
using Coordination.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Coordination.Bench.Stubs;

/// <summary>A log file, lengthened in large steps as ZooKeeper's is, written at the end and synced.</summary>
internal sealed class StubLog : IDisposable
{
    private const long Step = 64 * 1024 * 1024;
    private readonly SafeFileHandle _file;
    private long _position;
    private long _allocated;

    public StubLog(string directory) =>
        _file = File.OpenHandle(Path.Combine(directory, "log"), FileMode.Create, FileAccess.Write, FileShare.Read);

    /// <summary>What the present turn has to write.</summary>
    public FrameBuffer Pending { get; private set; } = new(64 * 1024);

    public void Append(ReadOnlySpan<byte> entry)
    {
        entry.CopyTo(Pending.GetSpan(entry.Length));
        Pending.Advance(entry.Length);
    }

    /// <summary>Takes the present turn's bytes away and leaves an empty buffer.</summary>
    public FrameBuffer Swap(FrameBuffer empty)
    {
        FrameBuffer full = Pending;
        Pending = empty;
        return full;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_position + bytes.Length > _allocated)
        {
            _allocated += Math.Max(Step, bytes.Length);
            RandomAccess.SetLength(_file, _allocated);
        }

        RandomAccess.Write(_file, bytes, _position);
        _position += bytes.Length;
    }

    public void Sync()
    {
        if (Libc.SyncData((int)_file.DangerousGetHandle()) != 0)
            Environment.FailFast($"fdatasync: errno {Marshal.GetLastPInvokeError()}.");
    }

    public void Dispose() => _file.Dispose();
}
