using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>The text of configurations.</summary>
public sealed class QuorumConfigurationTests
{
    /// <summary>Apache's own parser and writer have made the second of each pair out of the first.</summary>
    [Fact]
    public void What_Apache_makes_of_a_text_we_make_of_it()
    {
        string[] cases = Recording.Text("configurations.txt").Split("\n====\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(cases.Length > 10);
        foreach (string pair in cases)
        {
            string[] parts = pair.Split("\n----\n");
            QuorumConfiguration configuration = QuorumConfiguration.Parse(parts[0]);
            Assert.Equal(parts[1].Trim('\n'), configuration.ToString());
            Assert.Equal(parts[2].Trim('\n'), configuration.ToFileText(withVersion: false));
            Assert.Equal(parts[3].Trim('\n'), configuration.ToFileText(withVersion: true));

            QuorumConfiguration again = QuorumConfiguration.Parse(configuration.ToString());
            Assert.True(again.HasSameMembers(configuration));
            Assert.Equal(configuration.Version, again.Version);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_Apache_refuses_we_refuse_and_name_the_line(int number)
    {
        string text = RefusedTexts[number];
        QuorumConfigurationException error = Assert.Throws<QuorumConfigurationException>(() => QuorumConfiguration.Parse(text));
        if (error.Line > 0)
            Assert.StartsWith($"Line {error.Line}: '{text.Split('\n')[error.Line - 1]}'", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<int> Refused => [.. Enumerable.Range(0, RefusedTexts.Length)];

    private static string[] RefusedTexts => Recording.Text("refused.txt").Split("\n====\n", StringSplitOptions.RemoveEmptyEntries);

    [Theory]
    [InlineData("server.1=a:1:2\nserver.01=a:3:4", 2, "second entry for server 1")]
    [InlineData("server.1=:1:2", 1, "not of the form")]
    [InlineData("server.1=a:1:2\ngroup.1=1\nweight.1=-1", 3, "'-1' where a number should be")]
    [InlineData("server.1=a:1:2\nserver.2=a:3:4:observer\ngroup.1=1:2", 3, "names server 2, which is no participant")]
    [InlineData("server.1=a:1:2\nserver.2=a:3:4\ngroup.1=1:2\nweight.1=9223372036854775807", 3, "too large to be added")]
    [InlineData("server.1=a:1:2\nversion=-1", 2, "hexadecimal")]
    [InlineData("server.1=a:1:2;1;2", 1, "more than one client address")]
    [InlineData("server.1=[::1:1:2", 1, "not of the form")]
    [InlineData("server.1=[1.2.3.4]:1:2", 1, "not of the form")]
    [InlineData("server.1=a:1:65536", 1, "a port that is none")]
    public void What_Apache_lets_pass_or_reports_badly_is_refused_too(string text, int line, string detail)
    {
        QuorumConfigurationException error = Assert.Throws<QuorumConfigurationException>(() => QuorumConfiguration.Parse(text));
        Assert.Equal(line, error.Line);
        Assert.Contains(detail, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_says_all_about_a_member()
    {
        QuorumMember member = QuorumMember.Parse(7, "b:1:2:OBSERVER|[2001:db8::a]:3:4:observer;[::1]:2181");
        Assert.Equal((7, QuorumRole.Observer, false), (member.Id, member.Role, member.IsParticipant));
        Assert.Equal([new("2001:db8:0:0:0:0:0:a", 3, 4), new("b", 1, 2)], member.Addresses);
        Assert.Equal(new HostPort("0:0:0:0:0:0:0:1", 2181), member.ClientAddress);
        Assert.Equal("[2001:db8:0:0:0:0:0:a]:3:4|b:1:2:observer;[0:0:0:0:0:0:0:1]:2181", member.ToString());
        Assert.Equal(new HostPort("b", 2), member.Addresses[1].Election);
        Assert.Equal(new HostPort("b", 1), member.Addresses[1].Quorum);
    }

    [Fact]
    public void The_order_of_lines_and_the_version_make_no_difference_between_members()
    {
        QuorumConfiguration one = QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2\nversion=10");
        QuorumConfiguration other = QuorumConfiguration.Parse("version=ff\nserver.2=b:1:2:participant\nserver.1=a:1:2");
        Assert.True(one.HasSameMembers(other));
        Assert.Equal((0x10, 0xff), (one.Version, other.Version));
        Assert.False(one.HasSameMembers(QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2:observer")));
        Assert.False(one.HasSameMembers(QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2;5")));
        Assert.False(one.HasSameMembers(QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2")));
        Assert.Equal(0xff, one.WithVersion(0xff).Version);
    }

    [Fact]
    public void Of_two_lines_with_one_key_the_last_counts() =>
        Assert.Equal("b", QuorumConfiguration.Parse("server.1=a:1:2\nserver.1=b:1:2").Find(1)!.Addresses[0].Host);

    [Fact]
    public void Weights_are_those_of_participants()
    {
        QuorumConfiguration configuration = QuorumConfiguration.Parse(
            "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2:observer\ngroup.1=1\ngroup.2=2\nweight.2=5\nweight.3=9");
        Assert.True(configuration.IsHierarchical);
        Assert.Equal([1, 5, 0, 0], new long[] { 1, 2, 3, 4 }.Select(configuration.WeightOf));
        Assert.Null(configuration.Find(4));
    }

    [Fact]
    public void What_was_written_is_read_again()
    {
        var ports = Gen.Choose(1, 30_000);
        var addresses =
            from host in Gen.Elements("a.invalid", "10.0.0.1", "0:0:0:0:0:0:0:1", "fe80:0:0:0:1:2:3:4", "localhost")
            from quorum in ports
            from election in ports
            select new QuorumAddress(host, quorum, election + 30_000);
        var members =
            from role in Gen.Elements(QuorumRole.Participant, QuorumRole.Observer)
            from list in addresses.ArrayOf(1).Or(addresses.ArrayOf(3))
            from client in Gen.Elements<HostPort?>(null, new("0.0.0.0", 2181), new("0:0:0:0:0:0:0:2", 1), new("h", 65535))
            select (role, list, client);
        var configurations =
            from list in members.ArrayOf(5)
            from version in Generators.Longs
            select new QuorumConfiguration(list.Select((member, i) => new QuorumMember(i * 3, member.role, member.list, member.client)), version & long.MaxValue);
        Verify(configurations, configuration =>
        {
            QuorumConfiguration again = QuorumConfiguration.Parse(configuration.ToString());
            return again.HasSameMembers(configuration) && again.Version == configuration.Version && again.ToString() == configuration.ToString()
                && QuorumConfiguration.Parse(configuration.ToFileText(withVersion: true)).ToString() == configuration.ToString();
        });
    }

    [Fact]
    public void Any_text_is_a_configuration_or_an_error_that_names_its_line()
    {
        string[] words =
        [
            "server.", "server.1", "=", "a:1:2", ":", "|", ";", "[", "]", "::1", "observer", "participant", "group.1", "weight.1", "version", "ff", "-", "9",
            "99999999999999999999", "\n", "\\", " ", "#", "\ud800",
        ];
        Verify(Gen.Choose(0, 14).SelectMany(count => Gen.Elements(words).ArrayOf(count)), parts =>
        {
            try
            {
                string text = QuorumConfiguration.Parse(string.Concat(parts)).ToString();
                return QuorumConfiguration.Parse(text).ToString() == text;
            }
            catch (QuorumConfigurationException error)
            {
                return error.Line >= 0 && error.Message.Length > 0;
            }
        });
    }

    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));
}
