using System.Net;
using System.Net.Sockets;

namespace Coordination.Client;

/// <summary>
/// Turns a host into addresses without holding up anybody: literals at once, names on a thread of their own that lives as long as the
/// look-up (a system resolver may hang for many seconds, and neither the session's thread nor the pool may wait for it). Nothing is
/// cached: a name may point elsewhere at the next attempt.
/// </summary>
internal static class HostResolver
{
    /// <summary>Starts a look-up.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="done">Gets the addresses, or the reason why there are none; on this thread for literals.</param>
    public static void Resolve(string host, Action<IPAddress[], string?> done)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            done([literal], null);
            return;
        }

        var thread = new Thread(() => LookUp(host, done)) { IsBackground = true, Name = "coordination dns" };
        thread.UnsafeStart();
    }

    private static void LookUp(string host, Action<IPAddress[], string?> done)
    {
        try
        {
            IPAddress[] addresses = Dns.GetHostAddresses(host);
            done(addresses, addresses.Length == 0 ? "the name has no address" : null);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            done([], e.Message);
        }
    }
}
