using System.Collections.Concurrent;

namespace Coordination.Testing;

/// <summary>A foreign program that a proof needs.</summary>
public enum Peer
{
    /// <summary>Apache ZooKeeper 3.8's server and Java client, with a Java runtime.</summary>
    Apache,

    /// <summary>Curator 5.4's jars, with Apache's.</summary>
    Curator,

    /// <summary>Apache's shell, <c>zkCli.sh</c>.</summary>
    ZkCli,

    /// <summary>The kazoo library for Debian's Python.</summary>
    Kazoo,

    /// <summary>The C client's shell, <c>cli_mt</c>.</summary>
    CClient,

    /// <summary>strace.</summary>
    Strace,

    /// <summary>Debian's Chromium.</summary>
    Chromium,
}

/// <summary>Finds the foreign programs; <c>eng/install-peers.sh</c> installs them all.</summary>
public static class Peers
{
    /// <summary>When this variable is 1, a test whose peer is absent fails instead of being skipped.</summary>
    public const string RequiredVariable = "COORDINATION_REQUIRE_PEERS";

    /// <summary>xunit v3's documented contract: an exception whose message starts with this skips the test.</summary>
    private const string SkipToken = "$XunitDynamicSkip$";

    private const string Jars = "/usr/share/java";
    private static readonly ConcurrentDictionary<Peer, string?> Absences = new();

    /// <summary>The Java runtime.</summary>
    public static string Java => "/usr/bin/java";

    /// <summary>Debian's Python; another one on the path has no kazoo.</summary>
    public static string Python => "/usr/bin/python3";

    /// <summary>Apache's shell.</summary>
    public static string ZkCli => "/usr/share/zookeeper/bin/zkCli.sh";

    /// <summary>The C client's shell.</summary>
    public static string CClient => "/usr/lib/zookeeper/bin/cli_mt";

    /// <summary>strace.</summary>
    public static string Strace => "/usr/bin/strace";

    /// <summary>Debian's Chromium.</summary>
    public static string Chromium => "/usr/bin/chromium";

    /// <summary>Apache's server and client with a logger; the jar's manifest names the rest.</summary>
    public static string ZooKeeperClassPath => $"{Jars}/zookeeper.jar:{Jars}/slf4j-simple.jar";

    /// <summary>Curator's recipes and discovery with everything they need.</summary>
    public static string CuratorClassPath => string.Join(
        ':',
        ZooKeeperClassPath,
        $"{Jars}/curator-recipes.jar",
        $"{Jars}/curator-framework.jar",
        $"{Jars}/curator-client.jar",
        $"{Jars}/curator-x-discovery.jar",
        $"{Jars}/jackson-databind.jar",
        $"{Jars}/jackson-core.jar",
        $"{Jars}/jackson-annotations.jar",
        $"{Jars}/guava.jar");

    /// <summary>Whether a peer is installed.</summary>
    /// <param name="peer">The peer.</param>
    /// <returns>True if tests can use it.</returns>
    public static bool Has(Peer peer) => Absences.GetOrAdd(peer, FindAbsence) is null;

    /// <summary>Skips the running test if a peer is absent; fails it if <see cref="RequiredVariable"/> is 1.</summary>
    /// <param name="peers">What the test needs.</param>
    /// <exception cref="PeerAbsentException">A peer is absent.</exception>
    public static void Require(params Peer[] peers)
    {
        foreach (Peer peer in peers)
        {
            if (Absences.GetOrAdd(peer, FindAbsence) is not { } absence)
                continue;

            bool required = string.Equals(Environment.GetEnvironmentVariable(RequiredVariable), "1", StringComparison.Ordinal);
            string reason = $"{peer} is not installed ({absence}); run eng/install-peers.sh.";

            throw new PeerAbsentException(required ? reason : SkipToken + reason);
        }
    }

    private static string? FindAbsence(Peer peer) => peer switch
    {
        Peer.Apache => Missing(Java, $"{Jars}/zookeeper.jar", $"{Jars}/zookeeper-jute.jar", $"{Jars}/slf4j-simple.jar"),
        Peer.Curator => FindAbsence(Peer.Apache) ?? Missing(CuratorClassPath.Split(':')),
        Peer.ZkCli => FindAbsence(Peer.Apache) ?? Missing(ZkCli),
        Peer.Kazoo => Missing(Python) ?? (KazooImports() ? null : "Python module kazoo"),
        Peer.CClient => Missing(CClient),
        Peer.Strace => Missing(Strace),
        Peer.Chromium => Missing(Chromium),
        _ => throw new ArgumentOutOfRangeException(nameof(peer)),
    };

    private static string? Missing(params string[] files) => files.FirstOrDefault(file => !File.Exists(file));

    private static bool KazooImports() =>
        Directory.Exists("/usr/lib/python3/dist-packages/kazoo");
}

/// <summary>A test cannot run because a foreign program is absent.</summary>
/// <param name="message">What is absent; with xunit's token in front the test counts as skipped.</param>
public sealed class PeerAbsentException(string message) : Exception(message);
