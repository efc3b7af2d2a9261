using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Network.Ensemble;

/// <summary>Several <see cref="ElectingServer"/>s that know each other.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly Dictionary<long, int> _ports = [];

    public SortedDictionary<long, ElectingServer> All { get; } = [];

    public QuorumConfiguration Configuration => ConfigurationOf([.. _ports.Select(static pair => (pair.Key, pair.Value))]);

    public static QuorumConfiguration ConfigurationOf(params (long Id, int Port)[] members) => QuorumConfiguration.Parse(
        string.Concat(members.Select(static member => $"server.{member.Id}=127.0.0.1:{(member.Port == 2 ? 3 : 2)}:{member.Port}\n")) + "version=0");

    public static async Task<Servers> StartAsync(int size, long? missing = null)
    {
        Servers servers = new();
        for (long id = 1; id <= size; id++)
        {
            if (id == missing)
                servers._ports[id] = LoopbackPort.Free();
            else
                await servers.AddAsync(id);
        }

        return servers;
    }

    public async Task<ElectingServer> AddAsync(long id)
    {
        var server = new ElectingServer(id);
        await server.ListenAsync(_ports.GetValueOrDefault(id));
        _ports[id] = server.Port;
        All[id] = server;
        return server;
    }

    public async Task RemoveAsync(long id)
    {
        if (All.Remove(id, out ElectingServer? server))
            await server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ElectingServer server in All.Values)
            await server.DisposeAsync();
    }
}
