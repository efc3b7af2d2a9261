using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Coordination.Server.Network;

/// <content>Connecting, and options of connections.</content>
internal static unsafe partial class TcpSocket
{
    private const int InProgress = 115;
    private const int TimedOut = 110;
    private const int StreamSocket = 1;
    private const int Internet6Family = 10;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int ErrorOption = 4;
    private const int KeepAliveOption = 9;
    private const short PollWritable = 4;

    /// <summary>Connects, waiting in steps; the connection does not block and does not delay.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="patience">Milliseconds in all.</param>
    /// <param name="isOver">Asked between the steps.</param>
    /// <returns>The descriptor, or the negated error.</returns>
    public static int Connect(IPEndPoint remote, long patience, Func<bool> isOver)
    {
        int family = remote.AddressFamily == AddressFamily.InterNetworkV6 ? Internet6Family : InternetFamily;
        int descriptor = socket(family, StreamSocket | NonBlocking | CloseOnExec, 0);
        if (descriptor < 0)
            return -Marshal.GetLastPInvokeError();

        int error = Connect(descriptor, remote);
        if (error == InProgress)
            error = WaitForConnection(descriptor, patience, isOver);
        if (error == 0)
        {
            Switch(descriptor, TcpLevel, NoDelayOption);
            return descriptor;
        }

        _ = close(descriptor);
        return -error;
    }

    /// <summary>Lets the system find out whether the other side is still there when nothing is said.</summary>
    public static void KeepAlive(int descriptor) => Switch(descriptor, SocketLevel, KeepAliveOption);

    /// <summary>The system's words for what <see cref="Connect(IPEndPoint, long, Func{bool})"/> returned.</summary>
    public static string Describe(int result) => new Win32Exception(-result).Message;

    private static int Connect(int descriptor, IPEndPoint remote)
    {
        SocketAddress address = remote.Serialize();
        fixed (byte* start = address.Buffer.Span)
            return connect(descriptor, start, address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static int WaitForConnection(int descriptor, long patience, Func<bool> isOver)
    {
        const int Step = 50;
        for (long left = patience; left > 0 && !isOver(); left -= Step)
        {
            PollEntry entry = new() { Descriptor = descriptor, Events = PollWritable };
            if (poll(&entry, 1, (int)Math.Min(left, Step)) <= 0)
                continue;

            int error = 0;
            int length = sizeof(int);
            return getsockopt(descriptor, SocketLevel, ErrorOption, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
        }

        return TimedOut;
    }

    private static void Switch(int descriptor, int level, int option)
    {
        long on = BitConverter.IsLittleEndian ? 1 : 1L << 32;
        _ = setsockopt(descriptor, level, option, &on, sizeof(int));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, byte* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, int* value, int* length);
}
