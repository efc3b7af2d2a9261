using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Coordination.Bench.Footprint;

/// <summary>
/// Runs inside a measured server of ours, started by the runtime's startup hook: whoever connects to its socket gets the size of the
/// managed heap after a full collection. The server itself needs no such door.
/// </summary>
internal static class HeapReporter
{
    /// <summary>Names the socket.</summary>
    public const string Variable = "COORDINATION_BENCH_HEAP";

    public static void Start()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return;

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        new Thread(() => Serve(listener)) { IsBackground = true, Name = "heap reporter" }.Start();
    }

    /// <summary>Asks the reporter of a server.</summary>
    /// <returns>Bytes in living objects, and bytes that the collector has from the system.</returns>
    public static (long Live, long Committed) Ask(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        var answer = new byte[256];
        int length = 0;
        while (socket.Receive(answer.AsSpan(length)) is var count and > 0)
            length += count;
        string[] words = Encoding.ASCII.GetString(answer, 0, length).Split(' ');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static void Serve(Socket listener)
    {
        while (true)
        {
            using Socket asker = listener.Accept();
            for (int i = 0; i < 3; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
            asker.Send(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{info.HeapSizeBytes - info.FragmentedBytes} {info.TotalCommittedBytes}")));
        }
    }
}
