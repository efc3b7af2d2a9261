using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Coordination.Server.Network;

/// <summary>Linux's readiness notification, and a counter to interrupt it.</summary>
internal sealed partial class Epoll : IDisposable
{
    /// <summary>Bytes can be read, or a connection accepted.</summary>
    public const uint In = 0x1;

    /// <summary>Bytes can be sent.</summary>
    public const uint Out = 0x4;

    /// <summary>Broken, in one way or another.</summary>
    public const uint Broken = 0x8 | 0x10 | 0x2000;

    /// <summary>Say it once per change, not as long as it lasts.</summary>
    public const uint EdgeTriggered = 1u << 31;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Add = 1;
    private const int Delete = 2;
    private const int Interrupted = 4;
    private const int MaxEvents = 256;

    // The kernel's struct is packed on x86 only.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
    private static readonly int EventSize = IsPacked ? 12 : 16;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * EventSize, pinned: true);
    private readonly int _epoll = Check(epoll_create1(CloseOnExec), "epoll_create1");
    private readonly int _wake = Check(eventfd(0, CloseOnExec | NonBlocking), "eventfd");
    private readonly Lock _gate = new();
    private bool _isClosed;

    public Epoll() => Watch(_wake, In, _wake);

    /// <summary>The key of the event that <see cref="Wake"/> causes.</summary>
    public int WakeKey => _wake;

    /// <summary>Begins to watch a descriptor.</summary>
    /// <param name="descriptor">The descriptor; closing it ends the watching.</param>
    /// <param name="interest">What to watch for.</param>
    /// <param name="key">Comes back with each event.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    public void Watch(int descriptor, uint interest, int key) => Check(Control(descriptor, interest, key), "epoll_ctl");

    /// <summary>Begins to watch a descriptor; false if the system refuses, for want of memory or because a limit of the user is reached.</summary>
    /// <param name="descriptor">The descriptor; closing it ends the watching.</param>
    /// <param name="interest">What to watch for.</param>
    /// <param name="key">Comes back with each event.</param>
    public bool TryWatch(int descriptor, uint interest, int key) => Control(descriptor, interest, key) >= 0;

    /// <summary>Stops watching a descriptor that stays open.</summary>
    public unsafe void Unwatch(int descriptor)
    {
        byte* change = stackalloc byte[16];
        _ = epoll_ctl(_epoll, Delete, descriptor, change);
    }

    /// <summary>Waits for events.</summary>
    /// <param name="milliseconds">How long; -1 for as long as it takes.</param>
    /// <returns>How many there are.</returns>
    public unsafe int Wait(int milliseconds)
    {
        fixed (byte* events = _events)
        {
            int count = epoll_wait(_epoll, events, MaxEvents, milliseconds);
            if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                return 0;
            return Check(count, "epoll_wait");
        }
    }

    /// <summary>One of the events of the last <see cref="Wait"/>.</summary>
    public (uint What, int Key) this[int index]
    {
        get
        {
            ReadOnlySpan<byte> one = _events.AsSpan(index * EventSize, EventSize);
            return (MemoryMarshal.Read<uint>(one), MemoryMarshal.Read<int>(one[DataOffset..]));
        }
    }

    /// <summary>From any thread: ends the present or next <see cref="Wait"/>; nothing once this is disposed.</summary>
    public unsafe void Wake()
    {
        // A late word of another thread must not go into whatever file or socket has the descriptor's number by now.
        lock (_gate)
        {
            if (_isClosed)
                return;

            long one = 1;
            _ = write(_wake, &one, sizeof(long));
        }
    }

    /// <summary>Takes back what <see cref="Wake"/> caused.</summary>
    public unsafe void ClearWake()
    {
        long count;
        _ = read(_wake, &count, sizeof(long));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;

            _isClosed = true;
            _ = close(_wake);
            _ = close(_epoll);
        }
    }

    private unsafe int Control(int descriptor, uint interest, int key)
    {
        byte* change = stackalloc byte[16];
        *(uint*)change = interest;
        *(long*)(change + DataOffset) = key;
        return epoll_ctl(_epoll, Add, descriptor, change);
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call} failed", new Win32Exception(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_ctl(int epoll, int operation, int descriptor, byte* change);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_wait(int epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int descriptor, long* value, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint read(int descriptor, long* value, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
