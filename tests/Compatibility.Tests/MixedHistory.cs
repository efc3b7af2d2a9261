using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>
/// One session's changes of every kind, one at a time, and what must be there afterwards: containers, znodes with a time to live, ordinary
/// ones under a quota, their data, stats and access lists. The change whose answer never came may have happened or not, and nothing else may.
/// </summary>
internal sealed class MixedHistory(string root, int seed)
{
    private const int Places = 40;
    private const long Ttl = 50_000_000;
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, Expected> _expected = new(StringComparer.Ordinal);
    private string? _doubtful;

    /// <summary>Changes acknowledged so far.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Creates the root and a quota that is never reached.</summary>
    public async Task BeginAsync(RawClient client)
    {
        await MustAsync(client, OpCode.Create, new CreateRequest(root, [], Acl.Open, CreateMode.Persistent));
        await MustAsync(client, OpCode.Create, new CreateRequest($"/zookeeper/quota{root}", [], Acl.Open, CreateMode.Persistent));
        string limits = $"/zookeeper/quota{root}/zookeeper_limits";
        await MustAsync(client, OpCode.Create, new CreateRequest(limits, "count=100000,bytes=100000000"u8.ToArray(), Acl.Open, CreateMode.Persistent));
        await MustAsync(client, OpCode.Create, new CreateRequest($"/zookeeper/quota{root}/zookeeper_stats", "count=0,bytes=0"u8.ToArray(), Acl.Open, CreateMode.Persistent));
    }

    /// <summary>Changes one place after another until the connection breaks.</summary>
    public async Task RunAsync(EndPoint server)
    {
        try
        {
            using RawClient client = await RawClient.ConnectAsync(server);
            while (true)
            {
                string path = $"{root}/p{_random.Next(Places)}";
                _doubtful = path;
                await ChangeAsync(client, path);
                _doubtful = null;
                Acknowledged++;
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // The server was killed.
        }
    }

    /// <summary>Holds every place against what was acknowledged.</summary>
    public async Task VerifyAsync(RawClient client, string where)
    {
        for (int place = 0; place < Places; place++)
        {
            string path = $"{root}/p{place}";
            Expected? found = await ReadAsync(client, path);
            Expected? expected = _expected.GetValueOrDefault(path);
            Assert.True(path == _doubtful || found == expected, $"{where}: {path} is {found}, was acknowledged as {expected}");
            if (found is null)
                _expected.Remove(path);
            else
                _expected[path] = found;
        }

        _doubtful = null;
    }

    private async Task ChangeAsync(RawClient client, string path)
    {
        if (!_expected.TryGetValue(path, out Expected? now))
        {
            _expected[path] = await CreateAsync(client, path);
            return;
        }

        switch (_random.Next(4))
        {
            case 0:
                await MustAsync(client, OpCode.Delete, new DeleteRequest(path, now.Version));
                _expected.Remove(path);
                break;
            case 1:
                Acl[] acl = [new Acl(Permissions.All, "world", "anyone"), new Acl(Permissions.Read, "ip", $"10.0.0.{_random.Next(9)}")];
                await MustAsync(client, OpCode.SetAcl, new SetAclRequest(path, acl, now.Aversion));
                _expected[path] = now with { Aversion = now.Aversion + 1, Acl = Text(acl) };
                break;
            default:
                byte[] data = Data();
                RawReply reply = await MustAsync(client, OpCode.SetData, new SetDataRequest(path, data, now.Version));
                _expected[path] = now with { Version = now.Version + 1, Mzxid = reply.Header.Zxid, Data = Convert.ToHexString(data) };
                break;
        }
    }

    private async Task<Expected> CreateAsync(RawClient client, string path)
    {
        byte[] data = Data();
        RawReply reply = _random.Next(3) switch
        {
            0 => await MustAsync(client, OpCode.CreateContainer, new CreateRequest(path, data, Acl.Open, CreateMode.Container)),
            1 => await MustAsync(client, OpCode.CreateTtl, new CreateTtlRequest(path, data, Acl.Open, CreateMode.PersistentWithTtl, Ttl)),
            _ => await MustAsync(client, OpCode.Create, new CreateRequest(path, data, Acl.Open, CreateMode.Persistent)),
        };

        // Clients do not see of what kind a znode is; the digest, which every start checks, covers it.
        return new Expected(reply.Header.Zxid, reply.Header.Zxid, 0, 0, 0, Convert.ToHexString(data), Text(Acl.Open));
    }

    private static async Task<Expected?> ReadAsync(RawClient client, string path)
    {
        RawReply reply = await client.CallAsync(OpCode.GetData, new GetDataRequest(path, Watch: false));
        if (reply.Header.Error == ErrorCode.NoNode)
            return null;

        GetDataResponse read = reply.As<GetDataResponse>();
        RawReply acl = await client.CallAsync(OpCode.GetAcl, new GetAclRequest(path));
        ZnodeStat stat = read.Stat;
        return new Expected(
            stat.Czxid, stat.Mzxid, stat.Version, stat.Aversion, stat.EphemeralOwner, Convert.ToHexString(read.Data ?? []), Text(acl.As<GetAclResponse>().Acl!));
    }

    private byte[] Data()
    {
        byte[] data = new byte[_random.Next(200)];
        _random.NextBytes(data);
        return data;
    }

    private static string Text(IEnumerable<Acl> acl) => string.Join(',', acl.Select(static entry => $"{entry.Scheme}:{entry.Id}:{entry.Permissions}"));

    private static async Task<RawReply> MustAsync<TRequest>(RawClient client, OpCode operation, TRequest request)
        where TRequest : IJuteRecord<TRequest>
    {
        RawReply reply = await client.CallAsync(operation, request);
        Assert.True(reply.Header.Error == ErrorCode.Ok, $"{operation} of {request}: {reply.Header.Error}");
        return reply;
    }

    private sealed record Expected(long Czxid, long Mzxid, int Version, int Aversion, long Owner, string Data, string Acl);
}
