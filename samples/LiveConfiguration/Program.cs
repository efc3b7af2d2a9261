// Options that follow a znode. Type a number to change the VAT; another process started with "-- --connect <address>" sees it too.
using System.Text;
using Coordination.Client;
using Coordination.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

if (args is not ([] or ["--connect", _]))
{
    Console.Error.WriteLine("Usage: LiveConfiguration [--connect <address of a server, for example 127.0.0.1:2181>]");
    return 2;
}

// Configuration is read before services exist, so a server of one's own is started before the builder.
await using EmbeddedServer? server = args.Length > 0 ? null : await EmbeddedServer.StartAsync();
string connect = server?.ConnectionString ?? args[1];
Console.WriteLine($"Join with: -- --connect {connect}");

HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new());
builder.Configuration.AddCoordination(connect, "/config/shop", static source => source.Optional = true);
builder.Services.AddCoordination(connect);
builder.Services.AddCoordinationLiveOptions().Configure<Prices>(builder.Configuration.GetSection("Prices"));
using IHost host = builder.Build();
await host.StartAsync();

using IDisposable following = host.Services.GetRequiredService<IOptionsMonitor<Prices>>().Observe()
    .Subscribe(static prices => Console.WriteLine($"VAT is now {prices.Vat} %"));
ICoordinationClient client = host.Services.GetRequiredService<ICoordinationClient>();
while (await Console.In.ReadLineAsync() is { } line)
{
    byte[] value = Encoding.UTF8.GetBytes(line.Trim());
    try
    {
        await client.CreateAsync("/config/shop/Prices/Vat", value, new() { CreateParents = true });
    }
    catch (ZnodeExistsException)
    {
        await client.SetAsync("/config/shop/Prices/Vat", value);
    }
}

await host.StopAsync();
return 0;

/// <summary>What is bound.</summary>
internal sealed class Prices
{
    /// <summary>Value-added tax in per cent.</summary>
    public decimal Vat { get; set; } = 19;
}
