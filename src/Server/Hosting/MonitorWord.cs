using System.Globalization;
using System.Text;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>The word <c>mntr</c>: one number per line, for monitoring.</summary>
internal static class MonitorWord
{
    /// <summary>Writes all lines; version and state come first, as Apache has them.</summary>
    public static string Write(ServerFacts facts, ClientTraffic traffic)
    {
        ReplicaStatistics now = facts.Statistics;
        StringBuilder text = new();
        Add(text, "version", ServerVersion.Full);
        Add(text, "server_state", "standalone");
        Add(text, "ephemerals_count", now.EphemeralCount);
        Add(text, "num_alive_connections", traffic.Clients.Count);
        Add(text, "avg_latency", now.Latency.Average.ToString("0.0###", CultureInfo.InvariantCulture));
        Add(text, "max_latency", now.Latency.Max);
        Add(text, "min_latency", now.Latency.Min);
        Add(text, "packets_received", now.PacketsReceived);
        Add(text, "packets_sent", now.PacketsSent);
        Add(text, "outstanding_requests", now.Outstanding);
        Add(text, "uptime", facts.UptimeMilliseconds);
        Add(text, "znode_count", now.NodeCount);
        Add(text, "watch_count", now.WatchCount);
        Add(text, "approximate_data_size", now.ApproximateDataSize);
        Add(text, "global_sessions", now.SessionCount);
        Add(text, "local_sessions", 0);
        Add(text, "open_file_descriptor_count", OpenFiles());
        Add(text, "max_file_descriptor_count", MaxOpenFiles());
        Add(text, "connection_drop_probability", "0.0");
        Add(text, "connection_rejected", facts.Metrics.RefusedCount);
        Add(text, "sessionless_connections_expired", facts.Metrics.SessionlessCount);
        Add(text, "auth_failed_count", now.AuthenticationFailures);
        Add(text, "cnt_fsynctime", facts.Metrics.SyncCount);
        Add(text, "sum_fsynctime", (long)facts.Metrics.SyncTime.TotalMilliseconds);
        return text.ToString();
    }

    private static void Add(StringBuilder text, string key, long value) => Add(text, key, value.ToString(CultureInfo.InvariantCulture));

    private static void Add(StringBuilder text, string key, string value) => text.Append("zk_").Append(key).Append('\t').Append(value).Append('\n');

    /// <summary>-1 where the system does not say.</summary>
    private static long OpenFiles() => Directory.Exists("/proc/self/fd") ? Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount() : -1;

    private static long MaxOpenFiles()
    {
        const string limits = "/proc/self/limits";
        if (!File.Exists(limits))
            return -1;

        string? line = File.ReadLines(limits).FirstOrDefault(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string? soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1;
    }
}
