using System.Runtime.InteropServices;

namespace Coordination.Server.Network;

/// <summary>
/// How many connections the process can carry. Whoever takes the last descriptor for a socket leaves none for the next log file or
/// snapshot, and then strangers who only connect have stopped the server.
/// </summary>
internal static partial class DescriptorLimit
{
    private const int OpenFiles = 7;
    /// <summary>128 for files and the runtime, which alone has some 100 open, beside those that <see cref="DescriptorReserve"/> holds.</summary>
    private const int LeastReserve = 192;
    private const int LargestReserve = 1024;

    /// <summary>The configured limit, or what descriptors allow if that is less.</summary>
    /// <param name="configured">Connections altogether; 0 for no limit.</param>
    /// <returns>The limit; 0 where the system tells none.</returns>
    public static int Within(int configured)
    {
        if (!OperatingSystem.IsLinux() || getrlimit(OpenFiles, out Limits limits) != 0 || limits.Current > int.MaxValue)
            return configured;

        int possible = Possible((int)limits.Current);
        return configured == 0 ? possible : Math.Min(configured, possible);
    }

    /// <summary>Connections that leave descriptors for files, threads and the rest of the process.</summary>
    /// <param name="descriptors">Descriptors of the process.</param>
    public static int Possible(int descriptors) =>
        Math.Max(descriptors / 4, descriptors - Math.Clamp(descriptors / 16, LeastReserve, LargestReserve));

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limits
    {
        public readonly ulong Current;
        public readonly ulong Largest;
    }
}
