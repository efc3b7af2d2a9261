using System.Text;
using Coordination.Protocol;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

public sealed class DynamicConfigurationFilesTests
{
    private const string Static = "/etc/zk/zoo.cfg";
    private const string Members = "server.1=a:2888:3888:participant;0.0.0.0:2181\nserver.2=b:2888:3888:observer;0.0.0.0:2181";

    private static readonly double[] Survivals = [0, 1, 0.5, 0.9, 0.1];

    [Fact]
    public void The_static_file_loses_its_members_and_points_to_the_dynamic_one()
    {
        const string before = """
            # Ours.
            tickTime = 2000
            server.1=a:2888:3888
            server.2=b:2888:\
              3888

            group.1=1:2
            weight.1=3
            peerType=observer
            clientPort=2181
            clientPortAddress=10.0.0.1
            # The end.
            autopurge.purgeInterval=1
            dynamicConfigFile=/etc/zk/zoo.cfg.dynamic.1
            """;
        Assert.Equal(
            "# Ours.\ntickTime = 2000\n\nclientPort=2181\nclientPortAddress=10.0.0.1\n# The end.\nautopurge.purgeInterval=1\ndynamicConfigFile=/d\n",
            DynamicConfigurationFiles.Rewrite(before, "/d", dropsClientPort: false));
        string dropped = DynamicConfigurationFiles.Rewrite(before, "/d", dropsClientPort: true);
        Assert.DoesNotContain("clientPort", dropped, StringComparison.Ordinal);
        Assert.Equal(dropped, DynamicConfigurationFiles.Rewrite(dropped, "/d", dropsClientPort: true));
    }

    [Fact]
    public void A_committed_configuration_has_its_version_in_the_name_and_a_proposed_one_in_the_text()
    {
        SimulatedDisk disk = Disk();
        DynamicConfigurationFiles files = new(disk, Static);
        QuorumConfiguration second = Configuration(0x1f);
        files.SaveNext(second);
        Assert.Equal(Members + "\nversion=1f", Text(disk, Static + ".dynamic.next"));
        Assert.Equal(0x1f, files.ReadNext()!.Version);

        files.SaveCommitted(Configuration(0x1e), dropsClientPort: false);
        Assert.NotNull(files.ReadNext());
        files.SaveCommitted(second, dropsClientPort: true);
        Assert.Null(files.ReadNext());
        Assert.Equal(Members, Text(disk, Static + ".dynamic.1f"));
        Assert.Equal("tickTime=2000\ndynamicConfigFile=/etc/zk/zoo.cfg.dynamic.1f\n", Text(disk, Static));
        Assert.Equal(0x1f, files.ReadCommitted(Static + ".dynamic.1f").Version);
    }

    [Fact]
    public void What_is_no_configuration_is_refused_by_its_name()
    {
        SimulatedDisk disk = Disk();
        DynamicConfigurationFiles files = new(disk, Static);
        Assert.Throws<DataDirectoryException>(() => files.ReadCommitted("/etc/zk/none"));
        disk.Put(Static + ".dynamic.7", Encoding.UTF8.GetBytes(Members + "\nversion=7"));
        Assert.Throws<DataDirectoryException>(() => files.ReadCommitted(Static + ".dynamic.7"));
        disk.Put(Static + ".dynamic.next", "server.1=nonsense"u8.ToArray());
        Assert.Contains(".dynamic.next", Assert.Throws<DataDirectoryException>(files.ReadNext).Message, StringComparison.Ordinal);
        disk.Put("/etc/zk/members", Encoding.UTF8.GetBytes(Members));
        Assert.Equal(0, files.ReadCommitted("/etc/zk/members").Version);
    }

    [Fact]
    public void After_every_crash_the_old_configuration_is_there_with_the_proposed_one_or_the_new_one()
    {
        SimulatedDisk whole = Disk();
        Run(whole);
        Assert.InRange(whole.Operations, 15, 60);
        for (int crashAt = 1; crashAt <= whole.Operations; crashAt++)
        {
            SimulatedDisk disk = Disk();
            disk.CrashAt = crashAt;
            Assert.Throws<SimulatedCrashException>(() => Run(disk));
            for (int round = 0; round < 100; round++)
            {
                SimulatedDisk after = disk.AfterCrash(new Random((crashAt * 1000) + round), Survivals[round % Survivals.Length]);
                DynamicConfigurationFiles files = new(after, Static);
                string? dynamic = JavaProperties.Parse(Text(after, Static)).FirstOrDefault(entry => entry.Key == DynamicConfigurationFiles.Key).Value;
                long committed = dynamic is null ? 0 : files.ReadCommitted(dynamic).Version;
                long? next = files.ReadNext()?.Version;
                Assert.True(committed is 0 or 5 or 9 && (next is null || next >= committed), $"crash at {crashAt}: {committed}, {next}");
                if (crashAt > 7)
                    Assert.True(committed >= 5 || next == 5, $"crash at {crashAt}, round {round}: the proposal of 5 is lost");
                if (dynamic is null)
                    Assert.Contains("server.1=", Text(after, Static), StringComparison.Ordinal);
            }
        }
    }

    private static void Run(SimulatedDisk disk)
    {
        DynamicConfigurationFiles files = new(disk, Static);
        files.SaveNext(Configuration(5));
        files.BackUp();
        files.SaveCommitted(Configuration(5), dropsClientPort: true);
        files.SaveNext(Configuration(9));
        files.SaveCommitted(Configuration(9), dropsClientPort: true);
    }

    private static QuorumConfiguration Configuration(long version) => QuorumConfiguration.Parse(Members).WithVersion(version);

    private static SimulatedDisk Disk()
    {
        SimulatedDisk disk = new();
        disk.Put(Static, Encoding.UTF8.GetBytes("tickTime=2000\nclientPort=2181\n" + Members + "\n"));
        return disk;
    }

    private static string Text(SimulatedDisk disk, string path) => Encoding.UTF8.GetString(disk.Get(path));
}
