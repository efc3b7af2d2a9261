using System.Net;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Connections that never say a word.</summary>
internal static class SilentSockets
{
    public static Task RunAsync(Settings settings, CancellationToken stop) =>
        Crowd.RunAsync("silent", IPEndPoint.Parse(settings.Text("server")), settings.Number("count"), (_, _, _) => Task.CompletedTask, stop);
}
