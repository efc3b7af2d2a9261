namespace Coordination.Server.Hosting;

/// <summary>
/// The version shown to clients and tools. They match <c>^Zookeeper version: ([0-9.]+)</c> and choose what to expect by it, so the number
/// is that of the Apache release whose behaviour this server has; what follows the dash is ours.
/// </summary>
internal static class ServerVersion
{
    /// <summary>Release and our own name.</summary>
    public const string Release = "3.9.4-coordination";

    /// <summary>
    /// The date of our version, written down rather than taken from the build: tools expect one there, and the same source must always
    /// give the same program. It changes with the version.
    /// </summary>
    private const string Date = "2026-11-20 00:00 UTC";

    /// <summary>As the words <c>srvr</c>, <c>stat</c>, <c>mntr</c> and <c>envi</c> show it.</summary>
    public static string Full { get; } = $"{Release}-{typeof(ServerVersion).Assembly.GetName().Version!.ToString(3)}, built on {Date}";
}
