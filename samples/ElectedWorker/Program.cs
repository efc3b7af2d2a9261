// A worker that runs on one process at a time. Start more with "-- --connect <address>", then stop the one that leads.
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Recipes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
string? connect = args is ["--connect", var address, ..] ? address : null;
if (connect is null)
    builder.Services.AddEmbeddedCoordinationServer();
builder.Services
    .AddCoordination(o => (o.ConnectionString, o.SessionTimeout) = (connect ?? "", TimeSpan.FromSeconds(6)))
    .AddElectedService<Counter>("/samples/counter/leader");
using IHost host = builder.Build();
await host.StartAsync();
Console.WriteLine($"Join with: -- --connect {connect ?? host.Services.GetRequiredService<ICoordinationEndpoint>().ConnectionString}");
await host.WaitForShutdownAsync();

/// <summary>Counts in a znode. Every write is guarded by the term: one that comes too late fails on the server.</summary>
internal sealed class Counter(ICoordinationClient client) : ElectedBackgroundService
{
    protected override async Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken)
    {
        Console.WriteLine($"Leading, fencing token {term.FencingToken}.");
        ZnodePath count = "/samples/counter/count";
        while (!stoppingToken.IsCancellationRequested)
        {
            int value = await client.TryGetAsync(count, stoppingToken) is { } znode ? BitConverter.ToInt32(znode.Data.Span) : 0;
            byte[] next = BitConverter.GetBytes(value + 1);
            IZnodeTransaction write = client.BeginTransaction().GuardedBy(term);
            write = value == 0 ? write.Create(count, next) : write.Set(count, next);
            TransactionOutcome outcome = await write.CommitAsync(stoppingToken);
            Console.WriteLine(outcome.Committed ? $"Counted to {value + 1}." : $"Not counted: {outcome.Error}.");
            await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken);
        }
    }
}
