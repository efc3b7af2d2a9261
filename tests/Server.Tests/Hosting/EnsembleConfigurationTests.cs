using System.Collections;
using System.Net;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>Whether a file makes a server a member of an ensemble, and which.</summary>
public sealed class EnsembleConfigurationTests : IDisposable
{
    private const string Three = "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n";
    private const string Limits = "initLimit=10\nsyncLimit=5\n";
    private readonly TempDirectory _directory = new("ensemble-");

    public EnsembleConfigurationTests() => File.WriteAllText(_directory.Combine("myid"), "2\n");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_usual_file_of_an_ensemble_is_understood()
    {
        ServerConfiguration configuration = Read(
            Limits + Three + "server.4=d:2888:3888:observer\nelectionAlg=3\ncnxTimeout=700\nquorumCnxnTimeoutMs=900\nelectionPortBindRetry=0\n"
            + "tcpKeepAlive=true\nquorumListenOnAllIPs=true\nleaderServes=no\nconnectToLearnerMasterLimit=7\nleader.maxTimeToWaitForEpoch=800\n"
            + "fastleader.minNotificationInterval=20\nfastleader.maxNotificationInterval=2000\n");
        EnsembleOptions ensemble = configuration.Options.Ensemble;
        Assert.Empty(configuration.Warnings);
        Assert.Equal((2, 10, 5, 7), (ensemble.MyId, ensemble.InitLimit, ensemble.SyncLimit, ensemble.ConnectLimit));
        Assert.Equal(4, ensemble.Members!.Members.Count);
        Assert.Equal(QuorumRole.Observer, ensemble.Members.Find(4)!.Role);
        Assert.Equal((0, true, true, false), (
            ensemble.ElectionBindAttempts, ensemble.ElectionKeepAlive, ensemble.ListensOnAllAddresses, ensemble.LeaderServes));
        Assert.Equal([700, 900, 800, 20, 2000], new[]
        {
            ensemble.ElectionConnectTimeout, ensemble.ElectionHandshakeTimeout, ensemble.MaxTimeToWaitForEpoch, ensemble.MinNotificationInterval,
            ensemble.MaxNotificationInterval,
        }.Select(static time => (int)time!.Value.TotalMilliseconds));
    }

    [Fact]
    public void Groups_and_weights_are_read_with_the_members()
    {
        QuorumConfiguration members = Read(Limits + Three + "group.1=1:2\ngroup.2=3\nweight.2=0\n").Options.Ensemble.Members!;
        Assert.Equal((2, 0, 1), (members.Groups.Count, members.WeightOf(2), members.WeightOf(3)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("initLimit=10\nsyncLimit=5\n")]
    public void Without_members_a_server_runs_alone(string lines) => Assert.Null(Read(lines).Options.Ensemble.Members);

    [Fact]
    public void One_voter_alone_runs_alone_unless_that_is_forbidden()
    {
        ServerConfiguration alone = Read("server.2=b:2888:3888\n");
        Assert.Null(alone.Options.Ensemble.Members);
        Assert.Contains("one voter alone", Assert.Single(alone.Warnings), StringComparison.Ordinal);

        EnsembleOptions member = Read(Limits + "standaloneEnabled=false\nserver.2=b:2888:3888\n").Options.Ensemble;
        Assert.Equal(2, Assert.Single(member.Members!.Members).Id);
    }

    [Theory]
    [InlineData("zoo.dynamic", 0)]
    [InlineData("zoo.cfg.dynamic.100000a", 0x100000a)]
    public void The_members_may_stand_in_a_file_of_their_own_that_is_named_by_their_version(string name, long version)
    {
        string path = _directory.Combine(name);
        File.WriteAllText(path, Three.Trim());
        QuorumConfiguration members = Read($"{Limits}dynamicConfigFile={path}\n").Options.Ensemble.Members!;
        Assert.Equal((3, version), (members.Members.Count, members.Version));
    }

    [Theory]
    [InlineData("server.1=a:1:2\nversion=5", ":2: version has no place here")]
    [InlineData("tickTime=5", ":1: tickTime has no place here")]
    [InlineData("server.1=a:1", ":1: ")]
    public void The_file_of_the_members_holds_nothing_else(string text, string expected)
    {
        string path = _directory.Combine("zoo.dynamic");
        File.WriteAllText(path, text);
        Refuses($"{Limits}dynamicConfigFile={path}\n", $"{path}{expected}");
    }

    [Fact]
    public void Members_stand_in_one_place()
    {
        Refuses($"{Limits}{Three}dynamicConfigFile=/d\n", "server.1 belongs into the file that dynamicConfigFile names");
        Refuses(Limits + "dynamicConfigFile=/nowhere/at/all\n", "'/nowhere/at/all', which cannot be read");
    }

    [Theory]
    [InlineData("syncLimit=5\n" + Three, "needs initLimit")]
    [InlineData("initLimit=5\n" + Three, "needs syncLimit")]
    [InlineData(Limits + "server.1=a:1:2\nserver.3=c:1:2\nserver.5=c:1:3\n", "there is no server.2 in the list")]
    [InlineData(Limits + "server.4=a:2888\n" + Three, ":4: ")]
    [InlineData(Limits + "server.1=a:1:1\nserver.2=b:1:2\n", ":4: ")]
    [InlineData(Limits + "group.1=1:9\n" + Three, "")]
    [InlineData(Limits + "server.2=b:1:2\nserver.4=d:1:2:observer\n", "too few participants")]
    [InlineData(Limits + "standaloneEnabled=false\n", "at least one participant")]
    [InlineData(Limits + "server.1=a:1:2|b:1:2\nserver.2=b:1:2\n", "server.1 has more than one address")]
    [InlineData(Limits + Three + "electionAlg=0\n", "electionAlg=0 is not allowed; it must be 3")]
    [InlineData(Limits + Three + "peerType=leader\n", "must be participant or observer")]
    [InlineData(Limits + Three + "sslQuorum=true\n", "sslQuorum cannot be used")]
    [InlineData(Limits + Three + "quorum.auth.enableSasl=true\n", "quorum.auth.enableSasl cannot be used")]
    [InlineData(Limits + Three + "oraclePath=/o\n", "oraclePath cannot be used")]
    public void What_cannot_work_is_refused_with_the_reason(string lines, string expected) => Refuses(lines, expected);

    [Theory]
    [InlineData(null, "myid")]
    [InlineData("two", "must hold this server's number, and not 'two'")]
    [InlineData("300", "at most 254")]
    public void A_member_needs_its_number(string? text, string expected)
    {
        if (text is null)
            File.Delete(_directory.Combine("myid"));
        else
            File.WriteAllText(_directory.Combine("myid"), text);
        Refuses(Limits + Three + "server.300=d:1:2\nextendedTypesEnabled=true\n", expected);
    }

    [Theory]
    [InlineData("peerType=observer\n" + Three, "the list of members says Participant")]
    [InlineData("server.1=a:1:2\nserver.2=b:1:2\n", "no failure")]
    [InlineData(Three + "server.4=a:1:2\n", "4 voters tolerate no more failures than 3")]
    public void What_is_unwise_is_said(string lines, string expected) =>
        Assert.Contains(expected, Assert.Single(Read(Limits + lines).Warnings), StringComparison.Ordinal);

    [Fact]
    public void The_list_may_say_where_clients_connect_but_not_otherwise_than_the_file()
    {
        const string list = "server.1=a:1:2\nserver.2=b:1:2:participant;127.0.0.1:2777\nserver.3=c:1:2\n";
        CoordinationServerOptions options = Read(Limits + list).Options;
        Assert.Equal((2777, IPAddress.Loopback), (options.Port, options.ListenAddress));
        Assert.Equal(2777, Read(Limits + "clientPort=2777\n" + list).Options.Port);
        Refuses(Limits + "clientPort=2778\n" + list, "clientPort is 2778");
        Refuses(Limits + "clientPort=2777\nclientPortAddress=127.0.0.2\n" + list, "clientPortAddress is 127.0.0.2");
    }

    [Fact]
    public async Task A_member_does_not_start_yet()
    {
        CoordinationServerOptions options = Read(Limits + Three).Options;
        ServerConfigurationException refusal = await Assert.ThrowsAsync<ServerConfigurationException>(
            () => ServerHost.StartAsync(options, new ServerSurroundings(), TestContext.Current.CancellationToken));
        Assert.Contains("number 2 of an ensemble of 3, and ensembles are not built yet", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Combine("version-2")));
    }

    private ServerConfiguration Read(string lines)
    {
        string file = _directory.Combine("zoo.cfg");
        File.WriteAllText(file, $"dataDir={_directory.Path}\n{lines}");
        return ServerConfiguration.Read(file, [], new Hashtable());
    }

    private void Refuses(string lines, string expected)
    {
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => Read(lines));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Path, refusal.Message, StringComparison.Ordinal);
    }
}
