using Coordination.Proof.Worker.Crowds;
using Coordination.Proof.Worker.Holders;

namespace Coordination.Proof.Worker;

/// <summary>
/// The processes that a proof kills, stops or lets loose on the server. The first argument is the role, the others are its settings as
/// <c>name=value</c>. A worker ends when its standard input does, so that none survives the test that started it.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        var settings = Settings.Parse(arguments.AsSpan(1));
        EndWithStandardInput(stop);
        try
        {
            await (arguments[0] switch
            {
                "contend" => ContendingProcess.RunAsync(settings, stop.Token),
                "resource" => FencedResource.RunAsync(settings, stop.Token),
                "silent" => SilentSockets.RunAsync(settings, stop.Token),
                "idle" => IdleSessions.RunAsync(settings, stop.Token),
                "garbage" => GarbagePeers.RunAsync(settings, stop.Token),
                "watch" => Storms.WatchAsync(settings, stop.Token),
                "return" => Storms.ReturnAsync(settings, stop.Token),
                var role => throw new ArgumentException($"{role} is no role."),
            });
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static void EndWithStandardInput(CancellationTokenSource stop)
    {
        var reader = new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
                // Nothing is ever said; only the end matters.
            }

            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The role came to its own end first.
            }
        })
        {
            IsBackground = true,
        };
        reader.Start();
    }
}
