using System.Net;
using System.Net.Sockets;

namespace Coordination.Testing;

/// <summary>
/// Finds ports for programs that cannot bind port 0 themselves. Nothing reserves a port between its choice and its use, so whoever
/// starts a program on one must be ready to choose again.
/// </summary>
public static class LoopbackPort
{
    /// <summary>Attempts after which a start on a fresh port gives up.</summary>
    public const int Attempts = 5;

    /// <summary>A port of 127.0.0.1 that was free a moment ago.</summary>
    /// <returns>The port.</returns>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
