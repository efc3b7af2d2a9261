using System.Runtime.InteropServices;

namespace Coordination.Bench.Native;

/// <summary>The system calls that the generator and the stubs make without the runtime in between. Linux only.</summary>
internal static unsafe partial class Libc
{
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int DontWait = 0x40;
    public const int SocketNonBlocking = 0x800;
    public const int SocketCloseOnExec = 0x80000;
    public const int NoSignal = 0x4000;

    [LibraryImport("libc", SetLastError = true, EntryPoint = "epoll_create1")]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "epoll_ctl")]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, byte* entries, int capacity, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "eventfd")]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "socket")]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "connect")]
    public static partial int Connect(int socket, byte* address, int length);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "accept4")]
    public static partial int Accept(int socket, byte* address, int* length, int flags);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "setsockopt")]
    public static partial int SetOption(int socket, int level, int option, int* value, int length);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "recv")]
    public static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "send")]
    public static partial nint Send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "read")]
    public static partial nint Read(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "write")]
    public static partial nint Write(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "fdatasync")]
    public static partial int SyncData(int descriptor);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "nanosleep")]
    public static partial int Sleep(long* time, long* remaining);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true, EntryPoint = "clock_gettime")]
    public static partial int ReadClock(int clock, long* time);
}
