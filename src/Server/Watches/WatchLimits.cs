namespace Coordination.Server.Watches;

/// <summary>How many watches there may be. What goes beyond is refused before it takes memory.</summary>
/// <param name="PerWatcher">Of one connection.</param>
/// <param name="Total">Of all connections.</param>
internal readonly record struct WatchLimits(int PerWatcher, int Total)
{
    /// <summary>No limits.</summary>
    public static WatchLimits None => new(int.MaxValue, int.MaxValue);

    /// <summary>Bytes of a path that count as a watch: a bound of nothing but numbers would be none where a path may have a megabyte.</summary>
    private const int BytesPerWatch = 256;

    /// <summary>What a watch on a path counts as.</summary>
    public static int CostOf(string path) => 1 + SurplusOf(path.Length);

    /// <summary>What a path of a length counts as beyond one watch.</summary>
    public static int SurplusOf(int length) => length / BytesPerWatch;
}
