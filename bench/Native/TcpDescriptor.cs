using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Coordination.Bench.Native;

/// <summary>Sockets as bare descriptors: a generator that opens thousands of them a second may not pay for objects, finalizers and handles.</summary>
internal static unsafe class TcpDescriptor
{
    private const int InternetFamily = 2;
    private const int Stream = 1;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int QuickAcknowledgementOption = 12;
    private const int AddressSize = 16;

    /// <summary>Connects to an IPv4 address and returns the descriptor.</summary>
    public static int Connect(IPEndPoint server)
    {
        int descriptor = Libc.OpenSocket(InternetFamily, Stream | Libc.SocketCloseOnExec, 0);
        if (descriptor < 0)
            throw new IOException($"socket: errno {Marshal.GetLastPInvokeError()}.");

        byte* address = stackalloc byte[AddressSize];
        var span = new Span<byte>(address, AddressSize);
        span.Clear();
        *(ushort*)address = InternetFamily;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)server.Port);
        server.Address.TryWriteBytes(span.Slice(4, 4), out _);
        if (Libc.Connect(descriptor, address, AddressSize) == 0)
            return descriptor;

        int error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(descriptor);
        throw new IOException($"connect: errno {error}.");
    }

    /// <summary>Takes a waiting connection, non-blocking and without delay; -1 if there is none.</summary>
    public static int Accept(int listener)
    {
        int descriptor = Libc.Accept(listener, null, null, Libc.SocketNonBlocking | Libc.SocketCloseOnExec);
        if (descriptor >= 0)
            SetNoDelay(descriptor);
        return descriptor;
    }

    public static void SetNoDelay(int descriptor)
    {
        int one = 1;
        _ = Libc.SetOption(descriptor, TcpLevel, NoDelayOption, &one, sizeof(int));
    }

    /// <summary>Acknowledges what has come at once, and what comes next together with the next request.</summary>
    public static void Acknowledge(int descriptor)
    {
        int value = 1;
        _ = Libc.SetOption(descriptor, TcpLevel, QuickAcknowledgementOption, &value, sizeof(int));
        value = 0;
        _ = Libc.SetOption(descriptor, TcpLevel, QuickAcknowledgementOption, &value, sizeof(int));
    }

    /// <summary>Sends a small frame whole.</summary>
    public static void Send(int descriptor, ReadOnlySpan<byte> frame)
    {
        fixed (byte* start = frame)
        {
            nint sent = Libc.Send(descriptor, start, frame.Length, Libc.NoSignal);
            if (sent != frame.Length)
                throw new IOException($"send: {sent} of {frame.Length} bytes, errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Receives what is there; 0 at the end, -1 if nothing is there.</summary>
    public static int Receive(int descriptor, Span<byte> target)
    {
        fixed (byte* start = target)
        {
            nint count = Libc.Receive(descriptor, start, target.Length, Libc.DontWait);
            if (count >= 0)
                return (int)count;

            int error = Marshal.GetLastPInvokeError();
            return error is Libc.Eagain or Libc.Eintr ? -1 : throw new IOException($"recv: errno {error}.");
        }
    }
}
