using Coordination.Server.Consensus;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

/// <content>Messages about the other servers of an ensemble: 7xx.</content>
internal sealed partial class ServerLog
{
    [LoggerMessage(700, LogLevel.Information, "{Kind} (server {Sid}): {Detail}")]
    private static partial void LogPeerTrace(ILogger logger, PeerTraceKind kind, long sid, string detail);

    [LoggerMessage(701, LogLevel.Warning, "{Kind} (server {Sid}): {Detail}")]
    private static partial void LogPeerWarning(ILogger logger, PeerTraceKind kind, long sid, string detail);

    [LoggerMessage(702, LogLevel.Warning, "{Peer}: closed, it speaks {Protocol} on the quorum port, which this server does not ({Key})")]
    private static partial void LogPeerSpeaks(ILogger logger, string peer, string protocol, string key);

    [LoggerMessage(703, LogLevel.Warning, "{Peer}: closed, {Reason}")]
    private static partial void LogPeerCut(ILogger logger, string peer, string reason);

    [LoggerMessage(704, LogLevel.Warning, "The leader, server {Sid}, cannot be connected to: {Reason}")]
    private static partial void LogLeaderUnreachable(ILogger logger, long sid, string reason);

    [LoggerMessage(705, LogLevel.Warning, "History for a learner cannot be read from the log: {Reason}")]
    private static partial void LogHistoryUnreadable(ILogger logger, string reason);

    [LoggerMessage(706, LogLevel.Debug, "The election port of server {Sid} cannot be connected to: {Reason}")]
    private static partial void LogElectionUnreachable(ILogger logger, long sid, string reason);

    [LoggerMessage(707, LogLevel.Warning, "Election connection of {Remote}: closed, {Reason}")]
    private static partial void LogElectionRefused(ILogger logger, string remote, string reason);

    public void ElectionUnreachable(long sid, string reason) => LogElectionUnreachable(logger, sid, reason);

    public void ElectionRefused(string remote, string reason)
    {
        if (_strangers.MaySay(nameof(ElectionRefused)))
            LogElectionRefused(logger, remote, reason);
    }

    public void Trace(List<PeerTrace> facts)
    {
        foreach (PeerTrace fact in facts)
        {
            if (fact.Kind is PeerTraceKind.Violation or PeerTraceKind.ImplausibleEpoch or PeerTraceKind.SteppedDown)
                LogPeerWarning(logger, fact.Kind, fact.Sid, fact.Detail);
            else
                LogPeerTrace(logger, fact.Kind, fact.Sid, fact.Detail);
        }
    }

    /// <param name="peer">Who.</param>
    /// <param name="protocol">What it speaks.</param>
    /// <param name="key">The setting that makes it speak so.</param>
    public void PeerSpeaks(string peer, string protocol, string key)
    {
        if (_strangers.MaySay(nameof(PeerSpeaks)))
            LogPeerSpeaks(logger, peer, protocol, key);
    }

    public void PeerCut(string peer, string reason)
    {
        if (_strangers.MaySay(nameof(PeerCut)))
            LogPeerCut(logger, peer, reason);
    }

    public void LeaderUnreachable(long sid, string reason) => LogLeaderUnreachable(logger, sid, reason);

    public void HistoryUnreadable(string reason) => LogHistoryUnreadable(logger, reason);
}
