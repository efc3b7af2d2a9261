using System.Net;
using Microsoft.Extensions.Logging;

namespace Coordination.Server;

/// <summary>How a server runs inside a process: on loopback, with every cheap four-letter word on and no limit per address.</summary>
public sealed class EmbeddedServerOptions
{
    /// <summary>Where the data is kept; null takes a temporary directory that is deleted when the server is disposed.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>The granularity at which sessions expire. The default suits tests; a durable server can afford a coarser one.</summary>
    public TimeSpan TickTime { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The shortest session timeout granted; null: two ticks.</summary>
    public TimeSpan? MinSessionTimeout { get; set; }

    /// <summary>The longest session timeout granted.</summary>
    public TimeSpan MaxSessionTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Where messages go; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Changes any other setting just before the start.</summary>
    public Action<CoordinationServerOptions>? Configure { get; set; }

    internal CoordinationServerOptions ToServerOptions(string dataDirectory, int port)
    {
        CoordinationServerOptions options = new()
        {
            DataDirectory = dataDirectory,
            ListenAddress = IPAddress.Loopback,
            Port = port,
            TickTime = TickTime,
            MinSessionTimeout = MinSessionTimeout,
            MaxSessionTimeout = MaxSessionTimeout,
        };
        Configure?.Invoke(options);
        return options;
    }
}
