using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests.Words;

/// <summary>
/// Two clients that do the same things with a server, and then everything that its four-letter words say, with what is different by
/// nature (times, ports, session ids, the version) replaced by names.
/// </summary>
internal sealed partial class WordScene : IDisposable
{
    private static readonly Acl[] Everybody = [new(Permissions.All, "world", "anyone")];

    private readonly IPEndPoint _server;
    private readonly RawClient[] _clients;

    private WordScene(IPEndPoint server, RawClient[] clients)
    {
        _server = server;
        _clients = clients;
    }

    public static async Task<WordScene> PlayAsync(IPEndPoint server)
    {
        RawClient first = await RawClient.ConnectAsync(server, 20_000);
        RawClient second = await RawClient.ConnectAsync(server, 20_000);
        WordScene scene = new(server, [first, second]);
        await CreateAsync(first, "/a", 10);
        await CreateAsync(first, "/e", 0, CreateMode.Ephemeral);
        await CreateAsync(first, "/a/b", 1);
        await CreateAsync(second, "/f", 0, CreateMode.Ephemeral);
        await first.CallAsync(OpCode.GetData, new GetDataRequest("/a", Watch: true));
        await first.CallAsync(OpCode.Exists, new ExistsRequest("/missing", Watch: true));
        await first.CallAsync(OpCode.GetChildren, new GetChildrenRequest("/a", Watch: true));
        await second.CallAsync(OpCode.GetData, new GetDataRequest("/a", Watch: true));

        // Up to the 256th transaction, of which the digest is kept; the second client reads its event with the reply that follows.
        for (int i = 0; i < 260; i++)
            await CallAsync(first, OpCode.SetData, new SetDataRequest("/a", new byte[20], -1));
        await CallAsync(second, OpCode.GetData, new GetDataRequest("/a/b", Watch: true));
        await CallAsync(second, OpCode.GetData, new GetDataRequest("/a", Watch: true));

        // Credentials are no requests, and a ping has no xid of its own.
        await CallAsync(first, OpCode.Auth, new AuthPacket(0, "digest", "user:password"u8.ToArray()));
        await CallAsync(second, OpCode.Sasl, new SaslToken([]));
        await PingAsync(second);
        return scene;
    }

    public void Dispose()
    {
        foreach (RawClient client in _clients)
            client.Dispose();
    }

    /// <summary>The answer as it came.</summary>
    public async Task<string> AskAsync(string word, long? argument = null)
    {
        byte[] question = new byte[argument is null ? 4 : 12];
        Encoding.ASCII.GetBytes(word, question);
        if (argument is { } value)
            BinaryPrimitives.WriteInt64BigEndian(question.AsSpan(4), value);
        using RawClient asking = await RawClient.DialAsync(_server);
        await asking.SendBytesAsync(question);
        return Encoding.UTF8.GetString(await asking.ReadToEndAsync());
    }

    /// <summary>The answer with what is different by nature replaced by names.</summary>
    public async Task<string> AskPlainlyAsync(string word, long? argument = null) => Plain(await AskAsync(word, argument));

    private string Plain(string text)
    {
        for (int i = 0; i < _clients.Length; i++)
        {
            text = text.Replace($"0x{_clients[i].Session.SessionId:x}", $"SESSION{i}", StringComparison.Ordinal)
                .Replace($"127.0.0.1:{_clients[i].LocalEndPoint.Port}", $"CLIENT{i}", StringComparison.Ordinal);
        }

        text = ServerPort().Replace(text, "clientPort=PORT\n");
        text = Stranger().Replace(text, "STRANGER");
        text = Version().Replace(text, "VERSION\n");
        text = Directory().Replace(text, "${key}=DIRECTORY/version-2");
        text = Size().Replace(text, "${key}N");
        text = Moment().Replace(text, "expire at TIME:");
        text = Time().Replace(text, "${key}=T");
        return Latency().Replace(text, "Latency min/avg/max: T/T.T/T");
    }

    private static Task CreateAsync(RawClient client, string path, int size, CreateMode mode = CreateMode.Persistent) =>
        CallAsync(client, OpCode.Create, new CreateRequest(path, new byte[size], Everybody, mode));

    private static async Task PingAsync(RawClient client)
    {
        byte[] ping = [0, 0, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, (byte)OpCode.Ping];
        await client.SendBytesAsync(ping);
        RawReply reply = await client.ReadReplyAsync() ?? throw new IOException("The server closed the connection.");
        Assert.Equal((WellKnownXid.Ping, ErrorCode.Ok), (reply.Header.Xid, reply.Header.Error));
    }

    /// <summary>Events may come before the reply.</summary>
    private static async Task CallAsync<T>(RawClient client, OpCode operation, T request)
        where T : struct, IJuteRecord<T>
    {
        int xid = await client.SendAsync(operation, request);
        while (true)
        {
            RawReply reply = await client.ReadReplyAsync() ?? throw new IOException("The server closed the connection.");
            if (reply.Header.Xid != xid)
                continue;
            Assert.Equal(ErrorCode.Ok, reply.Header.Error);
            return;
        }
    }

    [GeneratedRegex(@"clientPort=\d+\n", RegexOptions.None, 5000)]
    private static partial Regex ServerPort();

    [GeneratedRegex(@"127\.0\.0\.1:\d+", RegexOptions.None, 5000)]
    private static partial Regex Stranger();

    [GeneratedRegex(@"3\.\d+\.\d+[^\n]*, built on [^\n]+\n", RegexOptions.None, 5000)]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<key>dataDir|dataLogDir)=[^\n]+/version-2", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Directory();

    [GeneratedRegex(@"(?<key>dataDirSize=|dataLogSize=|datadir_size: |logdir_size: )\d+", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Size();

    [GeneratedRegex(@"expire at [A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]+ \d{4}:", RegexOptions.None, 5000)]
    private static partial Regex Moment();

    [GeneratedRegex(@"(?<key>\b(est|lresp|llat|minlat|avglat|maxlat))=\d+", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Time();

    [GeneratedRegex(@"Latency min/avg/max: \d+/\d+\.\d{1,4}/\d+", RegexOptions.None, 5000)]
    private static partial Regex Latency();
}
