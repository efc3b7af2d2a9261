namespace Coordination.Server.Hosting.Words;

/// <summary>The word <c>conf</c>: what the server runs with.</summary>
internal static class ConfigurationWord
{
    /// <summary>The settings in force.</summary>
    public static string Write(ServerFacts facts, OutsideFigures outside)
    {
        CoordinationServerOptions options = facts.Options;
        string dataDirectory = Path.GetFullPath(options.DataDirectory);
        string logDirectory = Path.GetFullPath(options.DataLogDirectory ?? options.DataDirectory);
        return $"""
            clientPort={facts.Endpoint?.Port ?? -1}
            secureClientPort={facts.SecureEndpoint?.Port ?? -1}
            dataDir={dataDirectory}/version-2
            dataDirSize={outside.DataBytes}
            dataLogDir={logDirectory}/version-2
            dataLogSize={outside.LogBytes}
            tickTime={options.TickTime.TotalMilliseconds:0}
            maxClientCnxns={options.MaxConnectionsPerAddress}
            minSessionTimeout={options.EffectiveMinSessionTimeout.TotalMilliseconds:0}
            maxSessionTimeout={options.EffectiveMaxSessionTimeout.TotalMilliseconds:0}
            clientPortListenBacklog={options.ListenBacklog ?? -1}
            serverId=0

            """;
    }
}
