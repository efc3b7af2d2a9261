using System.Net;
using System.Net.Sockets;
using Coordination.Client;
using Coordination.Server;
using LiveBoard;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

// Without --connect host:port this instance brings the server along; others then join it.
// It starts before anything else because configuration is read from it.
string? connect = builder.Configuration["connect"];
EmbeddedServer? own = null;
try
{
    own = connect is null ? await StartServerAsync(builder.Configuration) : null;
}
catch (IOException e)
{
    Console.Error.WriteLine($"{e.Message}\nIf that is another board, join it: -- --connect 127.0.0.1:2181");
    return 1;
}

await using EmbeddedServer? embedded = own;
string server = connect ?? embedded!.ConnectionString;

var identity = new BoardIdentity();
builder.Configuration.AddCoordination(server, BoardSettings.Root, source => source.Optional = true);
builder.Services.AddCoordinationLiveOptions();
builder.Services.Configure<BoardSettings>(builder.Configuration.GetSection("Board"));
builder.Services
    .AddCoordination(options =>
    {
        options.ConnectionString = server;
        options.SessionTimeout = TimeSpan.FromSeconds(6);
    })
    .AddLocks(BoardLock.BasePath, options => options.Identity = identity.Id)
    .AddElectedService<BoardLeader>(BoardLeader.ElectionPath, options => options.ParticipantId = identity.Id)
    .AddServiceRegistration(BoardIdentity.Service, options =>
    {
        options.InstanceId = identity.Id;
        options.Address = "127.0.0.1";
        options.Endpoint = services => AddressOf(services);
    })
    .AddServiceDirectory();
builder.Services.AddSingleton(identity).AddSingleton<BoardLock>().AddSingleton<BoardFeed>();

// The first instance takes the well-known HTTP port, the next ones any free one. --urls decides otherwise.
if (builder.Configuration["urls"] is null)
    builder.WebHost.UseUrls($"http://127.0.0.1:{(IsFree(5080) ? 5080 : 0)}");

await using WebApplication app = builder.Build();
app.UseFileServer();
app.MapBoard();

await app.StartAsync();
Console.WriteLine($"LiveBoard: {AddressOf(app.Services)} as {identity.Id} on {(embedded is null ? "server" : "its own server")} {server}");

// The page shows the deadline at all times, not only while this instance leads or holds the lock.
using (app.Services.GetRequiredService<ICoordinationClient>().HoldSession())
    await app.WaitForShutdownAsync();
return 0;

static Uri AddressOf(IServiceProvider services) =>
    new(services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

static ValueTask<EmbeddedServer> StartServerAsync(IConfiguration configuration) => EmbeddedServer.StartAsync(new EmbeddedServerOptions
{
    Port = configuration.GetValue("port", 2181),
    DataDirectory = configuration.GetValue("data", "data"),
});

static bool IsFree(int port)
{
    try
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        probe.Start();
        return true;
    }
    catch (SocketException)
    {
        return false;
    }
}
