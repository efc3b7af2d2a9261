using System.Net;

namespace Coordination.Server;

public sealed partial class CoordinationServerOptions
{
    /// <summary>
    /// Whether <see cref="Port"/> is listened on. False leaves nothing but the port of <see cref="Tls"/>; without one it has no effect.
    /// </summary>
    /// <value>Default: true; with a <c>zoo.cfg</c>: whether it has a <c>clientPort</c>.</value>
    public bool PlainPort { get; set; } = true;

    /// <summary>Connections through TLS.</summary>
    /// <value>Default: none.</value>
    public ServerTlsOptions Tls { get; } = new();

    /// <summary>Who may be whom, and who may do everything.</summary>
    /// <value>Default: nobody may do everything.</value>
    public ServerSecurityOptions Security { get; } = new();

    /// <summary>Whether <see cref="Port"/> is listened on after all.</summary>
    internal bool ListensOnClientPort => PlainPort || Tls.OnClientPort || Tls.Port is null;
}
