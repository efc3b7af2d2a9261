using System.Collections;
using System.Net;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

public sealed class ServerConfigurationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_file_it_serves_loopback_with_its_data_in_data()
    {
        CoordinationServerOptions options = ServerConfiguration.Read(null, [], new Hashtable()).Options;
        Assert.Equal(IPAddress.Loopback, options.ListenAddress);
        Assert.Equal(2181, options.Port);
        Assert.Equal("./data", options.DataDirectory);
        Assert.Equal(0, options.MaxConnectionsPerAddress);
        Assert.Contains("mntr", options.FourLetterWords);
    }

    [Fact]
    public void With_a_file_Apaches_defaults_hold()
    {
        CoordinationServerOptions options = Read("dataDir=/d\n").Options;
        Assert.Equal(IPAddress.IPv6Any, options.ListenAddress);
        Assert.Equal(60, options.MaxConnectionsPerAddress);
        Assert.Equal(["srvr"], options.FourLetterWords);
        Assert.Equal(TimeSpan.FromSeconds(6), options.EffectiveMinSessionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(60), options.EffectiveMaxSessionTimeout);
        Assert.True(options.PurgeOldFiles);
        Assert.Null(options.DiskReserve);
    }

    [Fact]
    public void The_usual_file_is_understood()
    {
        ServerConfiguration configuration = Read("""
            # The number of milliseconds of each tick
            tickTime=2000
            observer.sync=10
            dataDir = /var/lib/zookeeper
            dataLogDir:/var/log/zookeeper
            clientPort 2182
            clientPortAddress=127.0.0.1
            maxClientCnxns=0
            zookeeper.snapCount=5000
            jute.maxbuffer=0x3fffff
            4lw.commands.whitelist=ruok, stat
            autopurge.purgeInterval=0
            autopurge.snapRetainCount=5
            forceSync=no
            preAllocSize=64
            made.up=1

            """);
        CoordinationServerOptions options = configuration.Options;
        Assert.Equal(TimeSpan.FromSeconds(2), options.TickTime);
        Assert.Equal("/var/lib/zookeeper", options.DataDirectory);
        Assert.Equal("/var/log/zookeeper", options.DataLogDirectory);
        Assert.Equal(2182, options.Port);
        Assert.Equal(5000, options.SnapshotEvery);
        Assert.Equal(0x3fffff, options.MaxRequestSize);
        Assert.Equal(["ruok", "srvr", "stat"], options.FourLetterWords.Order());
        Assert.False(options.PurgeOldFiles);
        Assert.Equal(5, options.SnapshotsToKeep);
        Assert.False(options.ForceSync);
        Assert.Equal(65536, options.LogPreallocation);
        Assert.Collection(
            configuration.Warnings,
            warning => Assert.Contains("zoo.cfg:3: 'observer.sync' has no effect: it concerns ensembles", warning, StringComparison.Ordinal),
            warning => Assert.Contains("zoo.cfg:16: the key 'made.up' is unknown", warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("clientPort=70000", ":2: clientPort=70000 is not allowed; it must be a whole number from 0 to 65535")]
    [InlineData("tickTime=soon", ":2: tickTime=soon is not allowed; it must be a whole number from 1 to 3600000")]
    [InlineData("forceSync=perhaps", ":2: forceSync=perhaps is not allowed; it must be yes, no, true or false")]
    [InlineData("autopurge.snapRetainCount=2", ":2: autopurge.snapRetainCount=2 is not allowed; it must be a whole number from 3 to 2147483647")]
    [InlineData("server.1=a:2888", ":2: ")]
    [InlineData("zookeeper.server.1=a:2888:3888", ":2: zookeeper.server.1 cannot be used: the members of an ensemble stand")]
    [InlineData("secureClientPort=2281", "zoo.cfg: The server cannot be configured like this: TLS wants a certificate")]
    [InlineData("ssl.context.supplier.class=x", ":2: ssl.context.supplier.class cannot be used: this choice of TLS")]
    [InlineData("zookeeper.sslQuorum=true", ":2: zookeeper.sslQuorum cannot be used: TLS")]
    [InlineData("quorum.auth.enableSasl=true", ":2: quorum.auth.enableSasl cannot be used: of SASL")]
    [InlineData("authProvider.1=x.Y", ":2: authProvider.1=x.Y is not allowed; it must be org.apache.zookeeper.server.auth.SASL")]
    [InlineData("sessionRequireClientSASLAuth=true", "sessionRequireClientSASLAuth wants authProvider.1")]
    [InlineData("minSessionTimeout=90000", "zoo.cfg: The server cannot be configured like this: minSessionTimeout (90000 ms) must not be above maxSessionTimeout (60000 ms)")]
    public void A_bad_line_stops_the_start_and_names_file_line_and_range(string line, string expected)
    {
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => Read($"dataDir=/d\n{line}\n"));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audit.enable=false")]
    [InlineData("sslQuorum=false")]
    [InlineData("skipACL=no")]
    public void What_is_not_built_may_be_switched_off(string line) => Assert.Empty(Read($"dataDir=/d\n{line}\n").Warnings);

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        Hashtable environment = new()
        {
            ["ZOOKEEPER_TICKTIME"] = "200",
            ["ZOOKEEPER_JUTE_MAXBUFFER"] = "5000",
            ["ZOOKEEPER_PORT"] = "tcp://10.0.0.1:2181",
            ["SERVER_JVMFLAGS"] = "-Xmx1g -Dzookeeper.snapCount=77 -Dzookeeper.made.up=1",
        };
        ServerConfiguration configuration = Read("dataDir=/d\ntickTime=100\nsnapCount=9\n", ["-Djute.maxbuffer=6000"], environment);
        Assert.Equal(TimeSpan.FromMilliseconds(200), configuration.Options.TickTime);
        Assert.Equal(6000, configuration.Options.MaxRequestSize);
        Assert.Equal(77, configuration.Options.SnapshotEvery);
        Assert.Contains("zookeeper.made.up", Assert.Single(configuration.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ZOOKEEPER_SSL_QUORUM_KEYSTORE_LOCATION", "/k")]
    [InlineData("ZOOKEEPER_SERVER_1", "a:2888:3888")]
    [InlineData("ZOOKEEPER_SSL_CONTEXT_SUPPLIER_CLASS", "x")]
    public void A_variable_that_asks_for_what_is_not_built_stops_the_start(string name, string value)
    {
        Hashtable environment = new() { [name] = value };
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => Read("dataDir=/d\n", null, environment));
        Assert.StartsWith($"environment {name}: it cannot be used: ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ZOOKEEPER_SERVER_SERVICE_HOST", "10.0.0.1")]
    [InlineData("ZOOKEEPER_PORT", "tcp://10.0.0.1:2181")]
    [InlineData("ZOOKEEPER_SSL_SERVICE_PORT_CLIENT", "2281")]
    [InlineData("ZOOKEEPER_SSL_PORT_2281_TCP_PROTO", "tcp")]
    [InlineData("ZOOKEEPER_ADMIN_PORT", "tcp://10.0.0.1:8080")]
    [InlineData("ZOOKEEPER_AUDIT_ENABLE", "false")]
    [InlineData("ZOOKEEPER_FLUSHDELAY", "0")]
    public void A_variable_of_a_container_platform_is_left_alone(string name, string value) =>
        Assert.Empty(Read("dataDir=/d\n", null, new Hashtable { [name] = value }).Warnings);

    [Theory]
    [InlineData("ZOOKEEPER_FLUSHDELAY", "20", "it has no effect: a sync never waits for company")]
    [InlineData("ZOOKEEPER_ADMIN_SERVERPORT", "8080", "it has no effect: there is no HTTP administration")]
    public void A_variable_without_effect_is_named_too(string name, string value, string expected) =>
        Assert.StartsWith(
            $"environment {name}: {expected}", Assert.Single(Read("dataDir=/d\n", null, new Hashtable { [name] = value }).Warnings), StringComparison.Ordinal);

    [Fact]
    public void A_misspelt_definition_on_the_command_line_is_named_and_one_for_the_Java_machine_is_not()
    {
        Hashtable environment = new() { ["JVMFLAGS"] = "-Djava.net.preferIPv4Stack=true" };
        ServerConfiguration configuration = Read("dataDir=/d\n", ["-DtickTme=5", "-DskipACL"], environment);
        Assert.Equal(
            ["command line: the property 'tickTme' is unknown and ignored", "command line: '-DskipACL' gives no value and is ignored"], configuration.Warnings);
    }

    [Fact]
    public void The_data_directory_may_be_named_anywhere_and_must_be_named_with_a_file()
    {
        Assert.Equal("/d", Read("zookeeper.dataDir=/d\n").Options.DataDirectory);
        Assert.Equal("/e", Read("tickTime=100\n", ["-DdataDir=/e"]).Options.DataDirectory);
        Assert.Equal("/f", Read("tickTime=100\n", null, new Hashtable { ["ZOOKEEPER_DATADIR"] = "/f" }).Options.DataDirectory);
        Assert.Contains("dataDir is missing", Assert.Throws<ServerConfigurationException>(() => Read("tickTime=100\n")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flushDelay=20", "'flushDelay' has no effect: a sync never waits for company")]
    [InlineData("admin.serverPort=8080", "'admin.serverPort' has no effect: there is no HTTP administration")]
    [InlineData("zookeeper.nio.numWorkerThreads=8", "'zookeeper.nio.numWorkerThreads' has no effect: there are no such threads")]
    public void A_key_without_effect_is_named_with_what_is_so_instead(string line, string expected) =>
        Assert.Contains(expected, Assert.Single(Read($"dataDir=/d\n{line}\n").Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("admin.enableServer=false")]
    [InlineData("flushDelay=0")]
    [InlineData("serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory")]
    public void A_key_without_effect_that_asks_for_what_is_so_anyway_is_no_news(string line) =>
        Assert.Empty(Read($"dataDir=/d\n{line}\n").Warnings);

    [Fact]
    public void Options_set_in_code_obey_the_same_ranges()
    {
        CoordinationServerOptions options = new() { TickTime = TimeSpan.FromHours(2) };
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(options.Validate);
        Assert.Contains("tickTime is 7200000 but must be a whole number from 1 to 3600000", refusal.Message, StringComparison.Ordinal);
    }

    private ServerConfiguration Read(string text, string[]? arguments = null, IDictionary? environment = null)
    {
        string file = _directory.Combine("zoo.cfg");
        File.WriteAllText(file, text);
        return ServerConfiguration.Read(file, arguments ?? [], environment ?? new Hashtable());
    }
}
