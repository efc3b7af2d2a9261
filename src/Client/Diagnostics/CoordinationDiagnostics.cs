namespace Coordination.Client;

/// <summary>The names under which the client can be observed, for example by OpenTelemetry.</summary>
public static class CoordinationDiagnostics
{
    /// <summary>The activity source: one span per operation. The znode's path stands on spans only, never on metrics.</summary>
    public const string ActivitySourceName = "Coordination";

    /// <summary>The meter.</summary>
    public const string MeterName = "Coordination";
}
