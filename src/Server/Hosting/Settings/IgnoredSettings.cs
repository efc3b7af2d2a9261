namespace Coordination.Server.Hosting.Settings;

/// <summary>Keys of Apache's without effect: each is named in a warning, with what is so instead.</summary>
internal static class IgnoredSettings
{
    private const string Ensembles = "it concerns ensembles, and this server runs alone";
    private const string Threads = "there are no such threads: one owner serves all connections";
    private const string Watches = "there is one kind of watch table, which cleans up at once";
    private const string Admin = "there is no HTTP administration; the four-letter words and the meter tell the same";
    private const string Metrics = "figures are published by the meter Coordination.Server and by the word mntr";
    private const string Batches = "a sync never waits for company: what has gathered behind one becomes the next batch";
    private const string Throttler = "a request is taken when it can be worked on, and never waits in a queue to go stale";

    /// <summary>The first that covers a key is meant.</summary>
    public static IReadOnlyList<UnsupportedSetting> Table { get; } =
    [
        new("localSessionsEnabled", Ensembles),
        new("localSessionsUpgradingEnabled", Ensembles),
        new("syncEnabled", Ensembles),
        new("observerMasterPort", Ensembles),
        new("observerMaster.*", Ensembles),
        new("observer.*", Ensembles),
        new("leader.*", Ensembles),
        new("leaderConnectDelayDuringRetryMs", Ensembles),
        new("follower.*", Ensembles),
        new("learner.*", Ensembles),
        new("quorum.cnxn.threads.size", Ensembles),
        new("commitLogCount", Ensembles),
        new("snapshotSizeFactor", Ensembles),
        new("forceSnapshotSync", Ensembles),
        new("maxConcurrentSnapSyncs", Ensembles),
        new("maxConcurrentDiffSyncs", Ensembles),
        new("multiAddress.*", Ensembles),
        new("forward_learner_requests_to_commit_processor_disabled", Ensembles),
        new("enableEagerACLCheck", Ensembles),
        new("messageTracker.*", Ensembles),
        new("connection_throttle_local_session_weight", "there are no local sessions"),
        new("clientTcpKeepAlive", "a session that is not heard of expires, and its connection is closed"),
        new("nio.*", Threads),
        new("netty.*", "Netty is not used; a client that does not read is bounded by coordination.maxUnreadBytes"),
        new("advancedFlowControlEnabled", "Netty is not used; reading stops whenever a limit is reached", "true"),
        new("serverCnxnFactory", "the transport is the server's own",
            "org.apache.zookeeper.server.NIOServerCnxnFactory,org.apache.zookeeper.server.NettyServerCnxnFactory"),
        new("commitProcessor.*", Threads),
        new("watchManagerName", Watches),
        new("watcherCleanThreadsNum", Watches),
        new("watcherCleanThreshold", Watches),
        new("watcherCleanIntervalInSeconds", Watches),
        new("maxInProcessingDeadWatchers", Watches),
        new("bitHashCacheSize", Watches),
        new("maxResponseCacheSize", "there is no cache of responses: a reply is written straight into the connection's buffer"),
        new("maxGetChildrenResponseCacheSize", "there is no cache of responses: a reply is written straight into the connection's buffer"),
        new("flushDelay", Batches, "0"),
        new("maxWriteQueuePollTime", Batches, "0"),
        new("maxBatchSize", Batches),
        new("requestThrottleStallTime", Throttler),
        new("request_throttle_stall_time", Throttler),
        new("requestThrottleDropStale", Throttler),
        new("request_throttle_drop_stale", Throttler),
        new("requestStaleLatencyCheck", Throttler),
        new("request_stale_latency_check", Throttler),
        new("requestStaleConnectionCheck", Throttler),
        new("request_stale_connection_check", Throttler),
        new("throttledOpWaitTime", Throttler, "0"),
        new("throttled_op_wait_time", Throttler, "0"),
        new("request_throttler.shutdownTimeout", "what was taken is answered before the server stops"),
        new("jute.maxbuffer.extrasize", "a transaction may always be twice as long as the longest request, and 64 MiB"),
        new("txnLogSizeLimitInKb", "a log ends with each snapshot; snapSizeLimitInKb bounds it"),
        new("closeSessionTxn.enabled", "the end of a session always names the znodes that go with it", "true,yes"),
        new("serializeLastProcessedZxid.enabled", "a snapshot's name says its transaction"),
        new("intBufferStartingSizeBytes", "buffers grow by need"),
        new("audit.impl.class", "the audit log is not built yet"),
        new("admin.*", Admin),
        new("metricsProvider.*", Metrics),
        new("pathStats.*", Metrics),
        new("jvm.*", "there is no Java machine"),
        new("jmx.*", "there is no Java machine"),
        new("fips-mode", "what is allowed in cryptography is the operating system's to say"),
        new("client.secure", "it concerns Apache's client"),
        new("clientCnxnSocket", "it concerns Apache's client"),
        new("disableAutoWatchReset", "it concerns Apache's client"),
        new("request.timeout", "it concerns Apache's client"),
        new("server.principal", "it concerns Apache's client"),
        new("server.realm", "it concerns Apache's client"),
        new("sasl.*", "it concerns Apache's client"),
        new("kinit", "it concerns Apache's client"),
    ];
}
