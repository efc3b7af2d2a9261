using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Coordination.Server.Network;

/// <summary>
/// Accepted sockets as bare descriptors. An object with a handle, a finalizer and an asynchronous side costs more per connection than
/// accepting it, and more per call than the call.
/// </summary>
internal static unsafe partial class TcpSocket
{
    /// <summary>The socket has nothing to read, or takes nothing more; also: nobody waits to be accepted.</summary>
    public const int WouldBlock = -11;

    private const int Interrupted = 4;
    private const int ProcessFilesExhausted = 24;
    private const int SystemFilesExhausted = 23;
    private const int NoBuffers = 105;
    private const int NoMemory = 12;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int NoSignal = 0x4000;
    private const int SocketLevel = 1;
    private const int LingerOption = 13;
    private const int InternetFamily = 2;
    private const int LargestAddress = 28;

    /// <summary>Takes a waiting connection; it does not block and, like its listener, does not delay.</summary>
    /// <param name="listener">The listener's descriptor.</param>
    /// <param name="remote">The peer; an IPv4 address mapped into IPv6 becomes an IPv4 address.</param>
    /// <returns>The descriptor, or the negated error.</returns>
    public static int Accept(int listener, out IPEndPoint? remote)
    {
        byte* address = stackalloc byte[LargestAddress];
        int length = LargestAddress;
        int descriptor = accept4(listener, address, &length, NonBlocking | CloseOnExec);
        remote = descriptor >= 0 ? EndPointOf(new ReadOnlySpan<byte>(address, LargestAddress)) : null;
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Whether accepting failed because the process or the system has no descriptor, or no memory, left for it.</summary>
    public static bool IsExhausted(int result) => -result is ProcessFilesExhausted or SystemFilesExhausted or NoBuffers or NoMemory;

    /// <summary>Reads what is there.</summary>
    /// <returns>The number of bytes, 0 at the end, or the negated error.</returns>
    public static int Receive(int descriptor, Span<byte> target)
    {
        fixed (byte* start = target)
        {
            while (true)
            {
                nint count = recv(descriptor, start, target.Length, 0);
                if (count >= 0)
                    return (int)count;
                if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                    return -error;
            }
        }
    }

    /// <summary>Sends what the socket takes.</summary>
    /// <returns>The number of bytes, or the negated error.</returns>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                nint count = send(descriptor, start, bytes.Length, NoSignal);
                if (count >= 0)
                    return (int)count;
                if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                    return -error;
            }
        }
    }

    /// <summary>Closes; what was sent still leaves.</summary>
    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Closes and drops what has not left.</summary>
    public static void Reset(int descriptor)
    {
        long onWithoutPatience = BitConverter.IsLittleEndian ? 1 : 1L << 32;
        _ = setsockopt(descriptor, SocketLevel, LingerOption, &onWithoutPatience, sizeof(long));
        _ = close(descriptor);
    }

    private static IPEndPoint EndPointOf(ReadOnlySpan<byte> address)
    {
        int port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        if (MemoryMarshal.Read<ushort>(address) == InternetFamily)
            return new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);

        var sixteen = new IPAddress(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..]));
        return new IPEndPoint(sixteen.IsIPv4MappedToIPv6 ? sixteen.MapToIPv4() : sixteen, port);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int listener, byte* address, int* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* target, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* bytes, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, long* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
