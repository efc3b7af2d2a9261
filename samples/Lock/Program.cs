// Three workers and one lock. Start a second process with "-- --connect <address>" and they take turns across processes.
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Recipes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new());
string? connect = args is ["--connect", var address, ..] ? address : null;
if (connect is null)
    builder.Services.AddEmbeddedCoordinationServer();
builder.Services.AddCoordination(o => o.ConnectionString = connect ?? "").AddLocks("/samples");
using IHost host = builder.Build();
await host.StartAsync();
Console.WriteLine($"Join with: -- --connect {connect ?? host.Services.GetRequiredService<ICoordinationEndpoint>().ConnectionString}");

IDistributedLock till = host.Services.GetRequiredService<IDistributedLockProvider>().CreateLock("till");
await Task.WhenAll(WorkAsync("red"), WorkAsync("green"), WorkAsync("blue"));
await host.StopAsync();

async Task WorkAsync(string worker)
{
    for (int round = 1; round <= 5; round++)
    {
        await using IDistributedLockHandle hold = await till.AcquireAsync(TimeSpan.FromMinutes(1));
        LockQueue queue = await till.InspectAsync();
        Console.WriteLine($"{worker,-5} round {round} holds with fencing token {hold.FencingToken}, {queue.Waiters.Count()} wait, safe for {hold.SafeFor.TotalSeconds:F1} s");
        try
        {
            // Work under a lock listens to its loss, and hands the fencing token to whatever it writes to.
            await Task.Delay(200, hold.HandleLostToken);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine($"{worker,-5} has lost the lock and stops");
        }
    }
}
