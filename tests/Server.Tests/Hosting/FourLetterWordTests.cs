using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Coordination.Server.Hosting;
using Coordination.Server.Network;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

public sealed partial class FourLetterWordTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task The_words_are_answered_in_Apaches_words(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await server.ConnectAsync(20_000);
        await client.CreateAsync("/a", []);

        Assert.Equal("imok", await AskAsync(server, "ruok"));
        Assert.Equal("rw", await AskAsync(server, "isro"));
        Assert.Matches(ServerText(), await AskAsync(server, "srvr"));
        Assert.Matches(StatText(), await AskAsync(server, "stat"));
        Assert.Matches(ConnectionText(), await AskAsync(server, "cons"));
        Assert.Contains("\nzookeeper.version=3.9.4-", await AskAsync(server, "envi"), StringComparison.Ordinal);
        Assert.Equal("0 connections watching 0 paths\nTotal watches:0\n", await AskAsync(server, "wchs"));
        Assert.Matches(DumpText(), await AskAsync(server, "dump"));
        Assert.Equal("Server stats reset.\n", await AskAsync(server, "srst"));
        Assert.Equal("Connection stats reset.\n", await AskAsync(server, "crst"));
    }

    [Fact]
    public async Task Monitoring_finds_every_number_under_its_usual_name()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        Dictionary<string, string> values = (await AskAsync(server, "mntr")).TrimEnd('\n').Split('\n')
            .Select(line => line.Split('\t')).ToDictionary(pair => pair[0], pair => pair[1]);

        Assert.StartsWith("3.9.4-", values["zk_version"], StringComparison.Ordinal);
        Assert.Equal("standalone", values["zk_server_state"]);
        Assert.Equal("5", values["zk_znode_count"]);
        foreach (string key in (string[])["avg_latency", "max_latency", "min_latency", "packets_received", "packets_sent",
            "num_alive_connections", "outstanding_requests", "watch_count", "ephemerals_count", "approximate_data_size",
            "open_file_descriptor_count", "max_file_descriptor_count", "uptime", "global_sessions"])
        {
            Assert.True(values.ContainsKey($"zk_{key}"), key);
        }
    }

    [Fact]
    public async Task A_working_directory_that_is_gone_ends_neither_the_answer_nor_the_server()
    {
        if (OperatingSystem.IsWindows())
            return;

        string gone = _directory.Combine("gone");
        Directory.CreateDirectory(gone);
        await using ProgramProcess program = ProgramProcess.Start(_directory, "", "sh", "-c", "cd \"$0\" && exec \"$@\"", gone);
        IPEndPoint endpoint = Assert.IsType<IPEndPoint>(await program.ServesAsync());
        Directory.Delete(gone);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.Contains("\nuser.dir=<NA>\n", await FourLetterWord.AskAsync(endpoint.Port, "envi", cancellation), StringComparison.Ordinal);
        Assert.Equal("imok", await FourLetterWord.AskAsync(endpoint.Port, "ruok", cancellation));
    }

    [Fact]
    public async Task The_configuration_is_shown_as_it_is_in_force()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        string text = await AskAsync(server, "conf");

        Match sizes = Regex.Match(text, @"dataDirSize=(?<all>\d+)\n.*\ndataLogSize=\k<all>\n", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        Assert.True(sizes.Success, "In one directory both sizes are that of all files.");
        Assert.StartsWith($"clientPort={server.Endpoint.Port}\nsecureClientPort=-1\ndataDir={_directory.Path}/version-2\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\ntickTime=200\nmaxClientCnxns=0\nminSessionTimeout=400\nmaxSessionTimeout=60000\nclientPortListenBacklog=-1\nserverId=0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_is_not_allowed_is_refused_in_one_line_and_srvr_always_answers()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string>();
        await using TestServer server = await TestServer.StartAsync(options);

        Assert.Equal("ruok is not executed because it is not in the whitelist.\n", await AskAsync(server, "ruok"));
        Assert.StartsWith("Zookeeper version: 3.9.4", await AskAsync(server, "srvr"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_client_that_has_closed_its_sending_side_still_gets_the_answer(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await RawClient.DialAsync(server.Endpoint);
        await client.SendBytesAsync("ruok\n"u8.ToArray());
        client.HalfClose();
        Assert.Equal("imok", Encoding.ASCII.GetString(await client.ReadToEndAsync()));
    }

    private static async Task<string> AskAsync(TestServer server, string word)
    {
        using RawClient client = await RawClient.DialAsync(server.Endpoint);
        await client.SendBytesAsync(Encoding.ASCII.GetBytes(word));
        return Encoding.ASCII.GetString(await client.ReadToEndAsync());
    }

    private const string Figures =
        @"Latency min/avg/max: \d+/\d+\.\d{1,4}/\d+\nReceived: \d+\nSent: \d+\nConnections: 2\nOutstanding: 0\n"
        + @"Zxid: 0x2\nMode: standalone\nNode count: 6\n\z";

    private const string Client = @" /127\.0\.0\.1:\d+\[[01]\]\(queued=0,recved=\d+,sent=\d+\)\n";

    private const string Session =
        @"sid=0x[0-9a-f]+,lop=CREA,est=\d+,to=20000,lcxid=0x1,lzxid=0x2,lresp=\d+,llat=\d+,minlat=\d+,avglat=\d+,maxlat=\d+";

    private const string Tick = @"1 expire at [A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC 20\d\d:\n";

    [GeneratedRegex(
        @"\ASessionTracker dump:\nSession Sets \(1\)/\(1\):\n" + Tick + @"\t0x[0-9a-f]+\n"
        + @"ephemeral nodes dump:\nSessions with Ephemerals \(0\):\n"
        + @"Connections dump:\nConnections Sets \(2\)/\(2\):\n(" + Tick + @"\tip: /127\.0\.0\.1:\d+ sessionId: 0x[0-9a-f]+\n){2}\z",
        RegexOptions.ExplicitCapture,
        5000)]
    private static partial Regex DumpText();

    [GeneratedRegex(@"\AZookeeper version: 3\.9\.4-[^\n]+, built on [^\n]+\n" + Figures, RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex ServerText();

    [GeneratedRegex(@"\AZookeeper version: [^\n]+\nClients:\n(" + Client + @"){2}\n" + Figures, RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex StatText();

    [GeneratedRegex(@"\A /127\.0\.0\.1:\d+\[1\]\(queued=0,recved=2,sent=2," + Session + @"\)\n" + Client + @"\n\z", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex ConnectionText();
}
