using System.Net;
using Microsoft.Extensions.Logging;

namespace Coordination.Server;

/// <summary>How a server runs inside a process: on loopback, with every cheap four-letter word on and no limit per address.</summary>
public sealed class EmbeddedServerOptions
{
    /// <summary>Where the data is kept.</summary>
    /// <value>A directory; null for a temporary one that is deleted when the server is disposed. Default: null.</value>
    public string? DataDirectory { get; set; }

    /// <summary>The port on 127.0.0.1.</summary>
    /// <value>0 to 65535; 0 takes a free one. Default: 0.</value>
    public int Port { get; set; }

    /// <summary>The granularity at which sessions expire. The default suits tests; a durable server can afford a coarser one.</summary>
    /// <value>1 ms to 1 h. Default: 200 ms.</value>
    public TimeSpan TickTime { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The shortest session timeout granted.</summary>
    /// <value>1 ms to 24 days, at most <see cref="MaxSessionTimeout"/>; null for two ticks. Default: null.</value>
    public TimeSpan? MinSessionTimeout { get; set; }

    /// <summary>The longest session timeout granted.</summary>
    /// <value>1 ms to 24 days. Default: 1 min.</value>
    public TimeSpan MaxSessionTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Where messages go.</summary>
    /// <value>A factory of loggers; null for nowhere. Default: null.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Changes any other setting just before the start.</summary>
    /// <value>Called with the options that are about to be used; null changes nothing. Default: null.</value>
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
        options.Security.EnsembleSecretFile = Path.Combine(dataDirectory, "ensemble.secret");
        options.Security.CreateEnsembleSecret = true;
        Configure?.Invoke(options);
        return options;
    }
}
