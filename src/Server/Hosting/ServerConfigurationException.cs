namespace Coordination.Server;

/// <summary>A setting keeps the server from starting; the message says which one, where it stands, and what is allowed.</summary>
/// <param name="message">For the operator.</param>
public sealed class ServerConfigurationException(string message) : Exception(message);
