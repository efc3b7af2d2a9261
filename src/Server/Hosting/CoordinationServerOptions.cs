using System.Net;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Server;

/// <summary>
/// The settings of a standalone server. The defaults are those of a server without a <c>zoo.cfg</c>: loopback only, no limit per address,
/// the cheap four-letter words on. A configuration file begins from <see cref="ForConfigurationFile"/> instead.
/// </summary>
public sealed partial class CoordinationServerOptions
{
    /// <summary>The address to listen on (<c>clientPortAddress</c>).</summary>
    /// <value>An address of this machine, or a wildcard. Default: 127.0.0.1.</value>
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The port to listen on (<c>clientPort</c>); 0 takes a free one.</summary>
    /// <value>0 to 65535. Default: 2181.</value>
    public int Port { get; set; } = 2181;

    /// <summary>How many connections the system may queue before they are accepted (<c>clientPortListenBacklog</c>).</summary>
    /// <value>Connections, 0 or more; null for 4096, or what the system allows. Default: null.</value>
    public int? ListenBacklog { get; set; }

    /// <summary>The unit of the session timeouts (<c>tickTime</c>).</summary>
    /// <value>1 ms to 1 h. Default: 3 s.</value>
    public TimeSpan TickTime { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The shortest session timeout granted (<c>minSessionTimeout</c>).</summary>
    /// <value>1 ms to 24 days, at most <see cref="MaxSessionTimeout"/>; null for two ticks. Default: null.</value>
    public TimeSpan? MinSessionTimeout { get; set; }

    /// <summary>The longest session timeout granted (<c>maxSessionTimeout</c>).</summary>
    /// <value>1 ms to 24 days; null for twenty ticks. Default: null.</value>
    public TimeSpan? MaxSessionTimeout { get; set; }

    /// <summary>How long a connection may live without opening a session (<c>nio.sessionlessCnxnTimeout</c>).</summary>
    /// <value>1 ms to 24 days. Default: 10 s.</value>
    public TimeSpan SessionlessTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The four-letter words answered (<c>4lw.commands.whitelist</c>); <c>*</c> stands for all. <c>srvr</c> always is.</summary>
    /// <value>Words. Default: all but <c>gtmk</c>, <c>hash</c>, <c>stmk</c>, <c>wchc</c> and <c>wchp</c>.</value>
    public IReadOnlySet<string> FourLetterWords { get; set; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "conf", "cons", "crst", "dirs", "dump", "envi", "isro", "mntr", "ruok", "srst", "srvr", "stat", "wchs",
    };

    internal TimeSpan EffectiveMinSessionTimeout => MinSessionTimeout ?? (2 * TickTime);

    internal TimeSpan EffectiveMaxSessionTimeout => MaxSessionTimeout ?? (20 * TickTime);

    /// <summary>Apache's defaults for a server with a <c>zoo.cfg</c>: all interfaces, 60 connections per address, only <c>srvr</c>.</summary>
    /// <returns>New options.</returns>
    public static CoordinationServerOptions ForConfigurationFile() => new()
    {
        PlainPort = false,
        Tls = { ListenAddress = IPAddress.IPv6Any },
        ListenAddress = IPAddress.IPv6Any,
        MaxConnectionsPerAddress = 60,
        FourLetterWords = new HashSet<string>(StringComparer.Ordinal) { "srvr" },
    };

    /// <summary>Refuses values that are out of range, or cannot work together.</summary>
    /// <exception cref="ServerConfigurationException">What is wrong, and what would be right.</exception>
    public void Validate()
    {
        foreach (ServerSetting setting in ServerSettings.Supported)
        {
            string value = setting.Show(this);
            Require(setting.Accepts(value), $"{setting.Key} is {value} but must be {setting.Range}");
        }

        ValidateTogether();
    }

    /// <summary>Refuses values that cannot work together, each of them within its range.</summary>
    internal void ValidateTogether()
    {
        Require(EffectiveMinSessionTimeout >= TimeSpan.FromMilliseconds(1), "minSessionTimeout must be at least 1 ms");
        Require(
            EffectiveMinSessionTimeout <= EffectiveMaxSessionTimeout,
            $"minSessionTimeout ({EffectiveMinSessionTimeout.TotalMilliseconds} ms) must not be above maxSessionTimeout ({EffectiveMaxSessionTimeout.TotalMilliseconds} ms)");
        Require(EffectiveMaxSessionTimeout.TotalMilliseconds <= int.MaxValue, "maxSessionTimeout must be at most 2147483647 ms");
        Require(MaxEphemeralBytes is null or >= 1024, "ephemeralNodes.total.byte.limit must be at least 1024, or -1");
        Require(DiskReserve is null or >= 0, "coordination.diskReserveInKb must be 0 or more, or -1");
        Require(LogPreallocation % 1024 == 0, "preAllocSize must be a whole number of KiB");
        if ((Tls.Violation() ?? Security.Violation(Tls.IsOn)) is { } violation)
            Require(false, violation);
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
            throw new ServerConfigurationException($"The server cannot be configured like this: {rule}.");
    }
}
