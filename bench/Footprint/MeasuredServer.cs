using System.Diagnostics;
using System.Globalization;
using Coordination.Bench.Native;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Footprint;

/// <summary>A server whose memory is measured: what is resident, and what is alive after a forced full collection.</summary>
internal sealed class MeasuredServer : IDisposable
{
    private readonly string? _heapSocket;

    private MeasuredServer(ServerProcess process, string? heapSocket)
    {
        Process = process;
        _heapSocket = heapSocket;
    }

    public ServerProcess Process { get; }

    /// <summary>Resident set of the process.</summary>
    public long Resident => ProcessUsage.Of(Process.Id).ResidentBytes;

    /// <summary>Starts one of ours. Where only the resident set counts, nothing is added to its process.</summary>
    public static MeasuredServer Ours(bool withLive)
    {
        if (!withLive)
            return new MeasuredServer(KnownServers.Ours("ours", []), null);

        string socket = Path.Combine(Path.GetTempPath(), $"coordination-heap-{Guid.NewGuid():n}");
        return new MeasuredServer(
            KnownServers.Ours("ours", [], environment: new Dictionary<string, string>
            {
                ["DOTNET_STARTUP_HOOKS"] = typeof(MeasuredServer).Assembly.Location,
                [HeapReporter.Variable] = socket,
            }),
            socket);
    }

    public static MeasuredServer Apache() => new(KnownServers.Apache(), null);

    /// <summary>
    /// Living bytes: the heap after a forced full collection; for ours also what else of the process's own memory is not the
    /// collector's.
    /// </summary>
    public long Live()
    {
        if (_heapSocket is null)
            return JavaHeap();

        (long live, long committed) = HeapReporter.Ask(_heapSocket);
        return live + Math.Max(0, Anonymous() - committed);
    }

    public void Dispose()
    {
        Process.Dispose();
        if (_heapSocket is not null)
            File.Delete(_heapSocket);
    }

    private long Anonymous()
    {
        foreach (string line in File.ReadLines($"/proc/{Process.Id}/status"))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
                return 1024 * long.Parse(line.AsSpan(8, line.Length - 8 - 3), NumberStyles.Integer, CultureInfo.InvariantCulture);
        }

        return 0;
    }

    /// <summary>The class histogram collects fully before it counts; its last line is the sum.</summary>
    private long JavaHeap()
    {
        var info = new ProcessStartInfo("jcmd")
        {
            ArgumentList = { Process.Id.ToString(CultureInfo.InvariantCulture), "GC.class_histogram" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process jcmd = System.Diagnostics.Process.Start(info) ?? throw new InvalidOperationException("jcmd did not start.");
        string total = jcmd.StandardOutput.ReadToEnd().Split('\n').Last(static line => line.StartsWith("Total", StringComparison.Ordinal));
        jcmd.WaitForExit();
        return long.Parse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }
}
