namespace Coordination.Protocol;

/// <summary>
/// A server running in this process whose address a client can use. Registered by the embedded server and resolved by a client
/// that was given no connection string, so that neither package references the other.
/// </summary>
public interface ICoordinationEndpoint
{
    /// <summary>Completes when the server listens and serves; faults if it could not start.</summary>
    Task Ready { get; }

    /// <summary>Where to connect, for example <c>127.0.0.1:2181</c>.</summary>
    /// <exception cref="InvalidOperationException">The server is not <see cref="Ready"/> yet.</exception>
    string ConnectionString { get; }

    /// <summary>
    /// Told by a client before it connects. A server that stops with its process disposes these clients first, so that their
    /// sessions end in order; one that does not care does nothing.
    /// </summary>
    /// <param name="client">The client; may be disposed by others too, before or at the same time.</param>
    void Attach(IAsyncDisposable client)
    {
    }
}
