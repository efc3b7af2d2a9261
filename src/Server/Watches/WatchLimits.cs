namespace Coordination.Server.Watches;

/// <summary>How many watches there may be. What goes beyond is refused before it takes memory.</summary>
/// <param name="PerWatcher">Of one connection.</param>
/// <param name="Total">Of all connections.</param>
internal readonly record struct WatchLimits(int PerWatcher, int Total)
{
    /// <summary>No limits.</summary>
    public static WatchLimits None => new(int.MaxValue, int.MaxValue);
}
