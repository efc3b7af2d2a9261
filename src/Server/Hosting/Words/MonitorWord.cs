using System.Globalization;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Figures;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting.Words;

/// <summary>
/// The word <c>mntr</c>: one number per line, for monitoring, under Apache's names. What is not measured has no line: a zero would be
/// taken for a measurement.
/// </summary>
internal static class MonitorWord
{
    /// <summary>Writes all lines; version and state come first, as Apache has them.</summary>
    public static string Write(ServerFacts facts, ClientTraffic traffic, OutsideFigures outside)
    {
        StringBuilder text = new();
        Add(text, "version", ServerVersion.Full);
        Add(text, "server_state", "standalone");
        AddGauges(text, facts, traffic, outside);
        AddCounters(text, facts);
        AddSummaries(text, facts);
        Add(text, "connection_drop_probability", traffic.DropProbability.ToString("0.0#####", CultureInfo.InvariantCulture));
        Add(text, "connection_token_deficit", traffic.TokenDeficit);
        return text.ToString();
    }

    private static void AddGauges(StringBuilder text, ServerFacts facts, ClientTraffic traffic, OutsideFigures outside)
    {
        ReplicaStatistics now = facts.Statistics;
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
        Add(text, "open_file_descriptor_count", outside.OpenDescriptors);
        Add(text, "max_file_descriptor_count", outside.MaxDescriptors);
        Add(text, "last_client_response_size", now.LastFrameSize);
        Add(text, "max_client_response_size", now.FrameSize.Count == 0 ? -1 : now.FrameSize.Max);
        Add(text, "min_client_response_size", now.FrameSize.Count == 0 ? -1 : now.FrameSize.Min);
        Add(text, "auth_failed_count", now.AuthenticationFailures);
    }

    private static void AddCounters(StringBuilder text, ServerFacts facts)
    {
        ReplicaStatistics now = facts.Statistics;
        Add(text, "bytes_received_count", now.BytesReceived);
        Add(text, "response_bytes", now.ResponseBytes);
        Add(text, "watch_bytes", now.WatchBytes);
        Add(text, "connection_request_count", now.ConnectionRequests);
        Add(text, "connection_revalidate_count", now.Reattached);
        Add(text, "connection_rejected", facts.Metrics.RefusedCount);
        Add(text, "connection_drop_count", facts.Metrics.DroppedCount);
        Add(text, "large_requests_rejected", facts.Metrics.LargeRejectedCount);
        Add(text, "sessionless_connections_expired", facts.Metrics.SessionlessCount);
        Add(text, "stale_sessions_expired", now.SessionsExpired);
        Add(text, "digest_mismatches_count", facts.Metrics.Recovery.DigestMismatches);
    }

    private static void AddSummaries(StringBuilder text, ServerFacts facts)
    {
        WatchFiguresOf(text, facts);
        RecoveryFigures start = facts.Metrics.Recovery;
        Add(text, "startup_snap_load_time", Of((long)start.SnapshotLoad.TotalMilliseconds));
        Add(text, "startup_txns_load_time", Of((long)start.Replay.TotalMilliseconds, start.Transactions > 0));
        Add(text, "startup_txns_loaded", Of(start.Transactions, start.Transactions > 0));
        Add(text, "dbinittime", Of((long)(start.SnapshotLoad + start.Replay).TotalMilliseconds));
        facts.Metrics.Read((syncs, batches, snapshots) =>
        {
            Add(text, "fsynctime", syncs.Summary);
            Add(text, "sync_processor_batch_size", batches);
            Add(text, "sync_processor_queue_flush_time_ms", syncs);
            Add(text, "snapshottime", snapshots);
        });
        Add(text, "readlatency", facts.Statistics.ReadLatency);
        Add(text, "updatelatency", facts.Statistics.UpdateLatency);
        Add(text, "propagation_latency", facts.Statistics.Propagation);
    }

    private static void WatchFiguresOf(StringBuilder text, ServerFacts facts)
    {
        Add(text, "node_created_watch_count", facts.Watches.Figures.Of(WatchEventType.NodeCreated));
        Add(text, "node_deleted_watch_count", facts.Watches.Figures.Of(WatchEventType.NodeDeleted));
        Add(text, "node_changed_watch_count", facts.Watches.Figures.Of(WatchEventType.NodeDataChanged));
        Add(text, "node_children_watch_count", facts.Watches.Figures.Of(WatchEventType.NodeChildrenChanged));
    }

    /// <summary>What is measured once, at the start, if it took place.</summary>
    private static Summary Of(long value, bool tookPlace = true)
    {
        Summary summary = default;
        if (tookPlace)
            summary.Add(value);
        return summary;
    }

    private static void Add(StringBuilder text, string key, Distribution values)
    {
        Add(text, key, values.Summary);
        Add(text, $"p50_{key}", values.Percentile(0.5));
        Add(text, $"p95_{key}", values.Percentile(0.95));
        Add(text, $"p99_{key}", values.Percentile(0.99));
        Add(text, $"p999_{key}", values.Percentile(0.999));
    }

    private static void Add(StringBuilder text, string key, in Summary values)
    {
        Add(text, $"avg_{key}", values.Average.ToString("0.0###", CultureInfo.InvariantCulture));
        Add(text, $"min_{key}", values.Min);
        Add(text, $"max_{key}", values.Max);
        Add(text, $"cnt_{key}", values.Count);
        Add(text, $"sum_{key}", values.Total);
    }

    private static void Add(StringBuilder text, string key, long value) => Add(text, key, value.ToString(CultureInfo.InvariantCulture));

    private static void Add(StringBuilder text, string key, string value) => text.Append("zk_").Append(key).Append('\t').Append(value).Append('\n');
}
