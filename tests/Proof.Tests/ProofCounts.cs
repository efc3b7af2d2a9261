using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>
/// How much each proof does, in one place. <c>COORDINATION_PROOF</c> selects the column: quick for every <c>dotnet test</c>, middle for
/// continuous integration, full for the claim itself (see <see cref="ProofScale"/>).
/// </summary>
internal static class ProofCounts
{
    /// <summary>Contenders per worker process; there are four of those.</summary>
    public const int ContendersPerWorker = 4;

    /// <summary>Worker processes.</summary>
    public const int Workers = 4;

    /// <summary>How long 16 contenders compete while workers and the server are killed.</summary>
    public static TimeSpan MutualExclusion => TimeSpan.FromSeconds(ProofScale.Of(quick: 10, middle: 30, full: 60));

    /// <summary>Pauses of workers, every other one longer than the session timeout.</summary>
    public static int Pauses => ProofScale.Of(quick: 4, middle: 12, full: 50);

    /// <summary>Connections black-holed, per server.</summary>
    public static int BlackHoles => ProofScale.Of(quick: 8, middle: 50, full: 200);

    /// <summary>Black-holed connections under way at once.</summary>
    public static int BlackHolesAtOnce => ProofScale.Of(quick: 8, middle: 10, full: 10);

    /// <summary>Sockets that never say a word.</summary>
    public static int SilentSockets => ProofScale.Of(quick: 500, middle: 2_000, full: 10_000);

    /// <summary>Sessions that only ping.</summary>
    public static int IdleSessions => ProofScale.Of(quick: 500, middle: 2_000, full: 10_000);

    /// <summary>Peers that send one byte a second, and never a whole handshake.</summary>
    public static int DrippingPeers => ProofScale.Of(quick: 200, middle: 1_000, full: 5_000);

    /// <summary>Sessions that watch one znode, or that all come back at once.</summary>
    public static int StormSessions => ProofScale.Of(quick: 500, middle: 4_000, full: 15_000);

    /// <summary>Changes of the znode that all of them watch.</summary>
    public static int Storms => ProofScale.Of(quick: 3, middle: 5, full: 10);

    /// <summary>Children of one znode.</summary>
    public static int Children => ProofScale.Of(quick: 20_000, middle: 200_000, full: 1_000_000);

    /// <summary>Peers of each of the other three kinds that send garbage.</summary>
    public static int GarbagePeers => ProofScale.Of(quick: 100, middle: 500, full: 1_000);

    /// <summary>How often garbage and silence come; the memory must not grow from one time to the next.</summary>
    public static int GarbageWaves => ProofScale.Of(quick: 1, middle: 2, full: 3);

    /// <summary>Session timeout of the idle sessions in milliseconds; they ping three times in it.</summary>
    public static int IdleSessionTimeout => ProofScale.Of(quick: 4_000, middle: 12_000, full: 12_000);

    /// <summary>How long the idle sessions stay.</summary>
    public static TimeSpan IdleStay => TimeSpan.FromSeconds(ProofScale.Of(quick: 3, middle: 10, full: 30));
}
