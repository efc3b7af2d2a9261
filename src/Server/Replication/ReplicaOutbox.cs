using Coordination.Server.Consensus;

namespace Coordination.Server.Replication;

/// <summary>
/// What one turn of the <see cref="Replica"/> wants done. Hosting carries it out in this order: log entries to storage, output of
/// dirty links to their sockets, closes. Then it clears it. Nothing here may be dropped.
/// </summary>
internal sealed class ReplicaOutbox(LogBatch log)
{
    /// <summary>Log entries of this turn: serialised transactions back to back.</summary>
    public LogBatch Log { get; } = log;

    /// <summary>Links with new output or a requested close, each once.</summary>
    public List<ClientLink> Dirty { get; } = [];

    /// <summary>Facts for logs, tests and the simulator; the core has no logger.</summary>
    public List<TraceEvent> Trace { get; } = [];

    /// <summary>Remembers that a link has output or is to be closed.</summary>
    /// <param name="link">The link.</param>
    public void MarkDirty(ClientLink link)
    {
        if (link.IsDirty)
            return;

        link.IsDirty = true;
        Dirty.Add(link);
    }

    /// <summary>Forgets everything, after Hosting has carried it out.</summary>
    public void Clear()
    {
        foreach (ClientLink link in Dirty)
            link.IsDirty = false;
        Dirty.Clear();
        Trace.Clear();
        Log.Clear();
    }
}

/// <summary>What a trace event is about.</summary>
internal enum TraceKind
{
    SessionOpened,
    SessionReattached,
    SessionClosed,
    SessionExpired,
    SessionRefused,
    ProtocolViolation,
    AuthenticationFailed,
    ContainerReaped,
    SequenceNearlyExhausted,
    SequenceExhausted,
    QuotaExceeded,

    /// <summary>A transaction's digest is not that of the tree after it: somebody's tree is not what it should be.</summary>
    DigestMismatch,

    /// <summary>Clients are served, or are not served any more.</summary>
    ServiceChanged,
    Note,
}

/// <summary>One fact: kind, the session or connection concerned, and a detail in words.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Id">Session or connection id.</param>
/// <param name="Detail">In words.</param>
internal readonly record struct TraceEvent(TraceKind Kind, long Id, string Detail);
