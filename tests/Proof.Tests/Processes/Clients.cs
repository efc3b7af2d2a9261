using Coordination.Client;

namespace Coordination.Proof.Tests.Processes;

/// <summary>Our clients in the test's own process.</summary>
internal static class Clients
{
    public static async Task<CoordinationClient> ConnectAsync(string server, TimeSpan sessionTimeout, CancellationToken cancellationToken)
    {
        var client = CoordinationClient.Create(server, options => options.SessionTimeout = sessionTimeout);
        await client.ConnectAsync(cancellationToken);
        return client;
    }
}
