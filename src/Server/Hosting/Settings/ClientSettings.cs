using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Hosting.Settings;

/// <summary>Where clients connect, how long their sessions last, and how much they may take.</summary>
internal static class ClientSettings
{
    public static SettingGroup Listening { get; } = new("Listening",
    [
        Setting.Number("clientPort", "", (0, 65535), o => o.Port, SetPort, "TCP port; 0 takes a free one")
            with { Default = "2181; embedded a free one" },
        new()
        {
            Key = "clientPortAddress",
            Range = "an IP address or a host name",
            Meaning = "the interface",
            Default = "all interfaces; without a file, and embedded, 127.0.0.1",
            Accepts = static text => Resolve(text) is not null,
            Apply = static (options, text) => options.ListenAddress = Resolve(text)!,
            Show = static options => options.ListenAddress.ToString(),
        },
        Setting.Number("clientPortListenBacklog", "connections", (-1, int.MaxValue), o => o.ListenBacklog ?? -1,
            (o, v) => o.ListenBacklog = v < 0 ? null : (int)v, "waiting to be accepted; -1 is 4096, or what the system allows"),
    ]);

    public static SettingGroup Sessions { get; } = new("Sessions",
    [
        Setting.Milliseconds("tickTime", (1, 3_600_000), o => o.TickTime, (o, v) => o.TickTime = v, "the grid on which sessions expire"),
        Setting.Number("minSessionTimeout", "ms", (-1, int.MaxValue), o => Milliseconds(o.MinSessionTimeout),
            (o, v) => o.MinSessionTimeout = Optional(v), "the shortest timeout granted; -1 is two ticks")
            with { Default = "-1" },
        Setting.Number("maxSessionTimeout", "ms", (-1, int.MaxValue), o => Milliseconds(o.MaxSessionTimeout),
            (o, v) => o.MaxSessionTimeout = Optional(v), "the longest timeout granted; -1 is twenty ticks")
            with { Default = "-1; embedded 60000" },
        Setting.Milliseconds("nio.sessionlessCnxnTimeout", (1, int.MaxValue), o => o.SessionlessTimeout, (o, v) => o.SessionlessTimeout = v,
            "a connection may live without a session"),
    ]);

    public static SettingGroup Limits { get; } = new("Limits",
    [
        Setting.Number("maxClientCnxns", "connections", (0, int.MaxValue), o => o.MaxConnectionsPerAddress, (o, v) => o.MaxConnectionsPerAddress = (int)v,
            "per address; 0 is no limit"),
        Setting.Number("maxCnxns", "connections", (0, int.MaxValue), o => o.MaxConnections, (o, v) => o.MaxConnections = (int)v,
            "altogether; 0 is no limit but that of descriptors"),
        Setting.Number("jute.maxbuffer", "bytes", (1024, 1 << 30), o => o.MaxRequestSize, (o, v) => o.MaxRequestSize = (int)v,
            "of a request; a larger one closes the connection"),
        Setting.Number("globalOutstandingLimit", "requests", (1, int.MaxValue), o => o.MaxOutstandingRequests, (o, v) => o.MaxOutstandingRequests = (int)v,
            "being worked on before reading stops"),
        Setting.Number("coordination.maxUnreadBytes", "bytes", (1024, int.MaxValue), o => o.MaxUnreadBytes, (o, v) => o.MaxUnreadBytes = (int)v,
            "a client may leave unread, on top of one reply of any size; from a quarter on it is not read from"),
        Setting.Milliseconds("coordination.maxUnreadTime", (1, int.MaxValue), o => o.MaxUnreadTime, (o, v) => o.MaxUnreadTime = v,
            "a client may take to read a quarter of that; then it is cut off"),
        Setting.Number("coordination.maxTotalUnreadBytes", "bytes", (0, long.MaxValue), o => o.MaxTotalUnreadBytes, (o, v) => o.MaxTotalUnreadBytes = v,
            "all clients may leave unread; beyond, those that leave the most are cut off; 0 is no limit"),
        Setting.Number("ephemeralNodes.total.byte.limit", "bytes", (-1, 1 << 30), o => o.MaxEphemeralBytes ?? -1,
            (o, v) => o.MaxEphemeralBytes = v < 0 ? null : v, "of all paths of one session's ephemerals, at least 1024; a further one gets -8; -1 is `jute.maxbuffer`"),
        Setting.Number("coordination.maxWatchesPerSession", "watches", (0, int.MaxValue), o => o.MaxWatchesPerSession,
            (o, v) => o.MaxWatchesPerSession = (int)v, "of one session, by path and kind, one more for each 256 bytes of a path; a further one gets -8; 0 is no limit"),
        Setting.Number("coordination.maxWatches", "watches", (0, int.MaxValue), o => o.MaxWatches, (o, v) => o.MaxWatches = (int)v,
            "of all sessions; 0 is no limit"),
    ]);

    private static TimeSpan? Optional(long milliseconds) => milliseconds < 0 ? null : TimeSpan.FromMilliseconds(milliseconds);

    private static long Milliseconds(TimeSpan? value) => value is { } known ? (long)known.TotalMilliseconds : -1;

    public static IPAddress? Resolve(string text)
    {
        if (IPAddress.TryParse(text, out IPAddress? address))
            return address;

        try
        {
            return Dns.GetHostAddresses(text).FirstOrDefault();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A file that names the port wants it; one that names only that of TLS does not.</summary>
    private static void SetPort(CoordinationServerOptions options, long port)
    {
        options.Port = (int)port;
        options.PlainPort = true;
    }
}
