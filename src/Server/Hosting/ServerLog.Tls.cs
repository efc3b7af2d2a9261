using System.Net;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

internal sealed partial class ServerLog
{
    [LoggerMessage(205, LogLevel.Warning, "{Remote}: closed, the TLS handshake failed: {Reason}")]
    private static partial void LogHandshakeFailed(ILogger logger, IPEndPoint remote, string reason);

    [LoggerMessage(206, LogLevel.Information, "Serving {Endpoint} through TLS")]
    private static partial void LogSecured(ILogger logger, IPEndPoint endpoint);

    [LoggerMessage(501, LogLevel.Information, "Certificates were read again; new connections use them")]
    private static partial void LogCertificatesReloaded(ILogger logger);

    [LoggerMessage(502, LogLevel.Error, "Changed certificates cannot be used, the old ones stay in force: {Reason}")]
    private static partial void LogCertificatesNotReloaded(ILogger logger, string reason);

    [LoggerMessage(503, LogLevel.Warning, "skipACL=yes: access lists are not asked, everybody may do everything")]
    private static partial void LogAccessListsSkipped(ILogger logger);

    public void HandshakeFailed(IPEndPoint remote, string reason)
    {
        if (_strangers.MaySay(nameof(HandshakeFailed)))
            LogHandshakeFailed(logger, remote, reason);
    }

    public void Secured(IPEndPoint endpoint) => LogSecured(logger, endpoint);

    public void CertificatesReloaded() => LogCertificatesReloaded(logger);

    public void CertificatesNotReloaded(string reason) => LogCertificatesNotReloaded(logger, reason);

    public void AccessListsSkipped() => LogAccessListsSkipped(logger);
}
