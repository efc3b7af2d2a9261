using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Coordination.Client;

/// <summary>
/// <c>CLOCK_BOOTTIME</c> on Linux, which counts suspension (<see cref="Stopwatch"/> there does not). Elsewhere the larger of the
/// monotonic and the wall clock: both are needed, because the monotonic one may stand still and the wall clock may be set back.
/// </summary>
internal sealed partial class SuspendAwareClock : IClientClock
{
    private const int ClockBootTime = 7;

    private readonly bool _bootTime = OperatingSystem.IsLinux() && TryReadBootTime(out _);
    private readonly long _stopwatchStart = Stopwatch.GetTimestamp();
    private readonly DateTime _wallStart = DateTime.UtcNow;

    /// <summary>The clock of this machine.</summary>
    public static SuspendAwareClock Instance { get; } = new();

    /// <inheritdoc/>
    public TimeSpan Now
    {
        get
        {
            if (_bootTime && TryReadBootTime(out TimeSpan now))
                return now;

            TimeSpan monotonic = Stopwatch.GetElapsedTime(_stopwatchStart);
            TimeSpan wall = DateTime.UtcNow - _wallStart;
            return monotonic > wall ? monotonic : wall;
        }
    }

    private static bool TryReadBootTime(out TimeSpan now)
    {
        Timespec time = default;
        bool read = ClockGetTime(ClockBootTime, ref time) == 0;
        now = read ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick)) : default;
        return read;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, ref Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
