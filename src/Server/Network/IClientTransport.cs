using System.Net;

namespace Coordination.Server.Network;

/// <summary>
/// Listens and turns sockets into <see cref="ClientConnection"/>s. The seam at which transports are measured against each other.
/// </summary>
internal interface IClientTransport : IAsyncDisposable
{
    /// <summary>
    /// The queue of connections not accepted yet, unless told otherwise; Linux cuts it to <c>somaxconn</c>. When it overflows, the system
    /// drops a connection that its client believes to stand: one that then stays silent hangs for minutes. So it is made long.
    /// </summary>
    const int DefaultBacklog = 4096;

    /// <summary>Binds and begins to accept.</summary>
    /// <param name="endpoint">Where to listen; port 0 takes a free one.</param>
    /// <param name="backlog">Connections the system may queue before they are accepted; null for <see cref="DefaultBacklog"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The address bound.</returns>
    Task<IPEndPoint> StartAsync(IPEndPoint endpoint, int? backlog, CancellationToken cancellationToken);

    /// <summary>Closes the listener. Connections are the owner's to close; those left when the token fires are aborted.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
