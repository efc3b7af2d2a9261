using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Coordination.Client;

/// <summary>Tells the state of one client. Sends nothing over a standing connection; a client never used is connected.</summary>
/// <param name="client">The client.</param>
internal sealed class CoordinationHealthCheck(CoordinationClient client) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (client.State == SessionState.Connecting)
        {
            try
            {
                await client.ConnectAsync(cancellationToken);
            }
            catch (ConnectionUnavailableException e)
            {
                return new(context.Registration.FailureStatus, e.Message, e, Data());
            }
        }

        return client.State switch
        {
            SessionState.Connected => HealthCheckResult.Healthy($"Connected to {client.Session.Server}.", Data()),
            SessionState.Suspended => HealthCheckResult.Degraded("The connection is lost, the session may be alive. " + client.Attempts, null, Data()),
            _ => new(context.Registration.FailureStatus, "There is no session. " + client.Attempts, null, Data()),
        };
    }

    private Dictionary<string, object> Data()
    {
        SessionInfo session = client.Session;
        return new(StringComparer.Ordinal)
        {
            ["session"] = $"0x{session.Id:x}",
            ["server"] = session.Server?.ToString() ?? "",
            ["pendingDeletes"] = client.PendingGuaranteedDeletes,
        };
    }
}
