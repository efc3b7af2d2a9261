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
}
