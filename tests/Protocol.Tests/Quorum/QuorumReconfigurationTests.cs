namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Requests that change a configuration.</summary>
public sealed class QuorumReconfigurationTests
{
    private static readonly QuorumConfiguration Three = QuorumConfiguration.Parse(
        "server.1=10.0.0.1:1:2;2181\nserver.2=10.0.0.2:1:2;2181\nserver.3=10.0.0.3:1:2;2181\nversion=5");

    [Fact]
    public void Servers_leave_and_others_join_or_change()
    {
        QuorumConfiguration next = Apply(" server.4 = 10.0.0.4:1:2:observer;2181 , server.1=10.0.0.1:1:2:observer;2182", "2,, 9");
        Assert.Equal(
            "server.1=10.0.0.1:1:2:observer;0.0.0.0:2182\nserver.3=10.0.0.3:1:2:participant;0.0.0.0:2181\n"
                + "server.4=10.0.0.4:1:2:observer;0.0.0.0:2181\nversion=100000007",
            next.ToString());
        Assert.Equal(5, Three.Version);
    }

    [Fact]
    public void New_members_stand_instead_of_all_others() =>
        Assert.Equal(
            "server.7=a:1:2:participant\nserver.8=a:3:4:participant\ngroup.1=7:8\nweight.7=2\nweight.8=1\nversion=100000007",
            Apply(null, null, "server.7=a:1:2,server.8=a:3:4,group.1=7:8,weight.7=2").ToString());

    [Fact]
    public void A_joining_server_may_take_the_addresses_of_one_that_leaves() =>
        Assert.Equal(3, Apply("server.4=10.0.0.2:1:2;2181", "2").Members.Count);

    [Fact]
    public void Addresses_that_mean_each_machine_itself_do_not_clash() =>
        Assert.Equal(5, Apply("server.4=127.0.0.1:1:2;2181,server.5=127.0.0.1:1:2;0.0.0.0:2181", null).Members.Count);

    [Theory]
    [InlineData("server.4=10.0.0.2:7:2;2182", null, "10.0.0.2:2 of server 4 is an address of server 2 too")]
    [InlineData("server.4=10.0.0.4:1:2", null, "no client port")]
    [InlineData("server.4=10.0.0.4:1;2181", null, "not of the form host")]
    [InlineData("server.x=10.0.0.4:1:2;2181", null, "'x' is no number")]
    [InlineData("server.4", null, "not of the form server.N")]
    [InlineData("server.4=a=b", null, "not of the form server.N")]
    [InlineData(null, "two", "'two' is no number")]
    public void A_request_that_makes_no_configuration_is_refused(string? joining, string? leaving, string detail) =>
        Assert.Contains(detail, Assert.Throws<QuorumConfigurationException>(() => Apply(joining, leaving)).Message, StringComparison.Ordinal);

    [Fact]
    public void Groups_are_named_anew_as_a_whole()
    {
        QuorumConfiguration groups = QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2");
        Assert.Throws<QuorumConfigurationException>(() => QuorumReconfiguration.Apply(groups, new ReconfigRequest(null, "1", null, -1), 1));
        Assert.Equal(2, QuorumReconfiguration.Apply(groups, new ReconfigRequest(null, null, "server.3=a:1:2,server.4=b:1:2", -1), 1).Members.Count);
    }

    private static QuorumConfiguration Apply(string? joining, string? leaving, string? members = null) =>
        QuorumReconfiguration.Apply(Three, new ReconfigRequest(joining, leaving, members, -1), 0x1_0000_0007);
}
