using System.Runtime.InteropServices;

namespace Coordination.Proof.Worker;

/// <summary>
/// The kernel's <c>CLOCK_BOOTTIME</c>: one clock for all processes of the machine, which no step of the wall clock and no pause of a
/// process disturbs. Read here and not through the product, whose use of it is under proof.
/// </summary>
internal static partial class BootClock
{
    private const int ClockBootTime = 7;

    /// <summary>Time since the machine started.</summary>
    public static TimeSpan Now
    {
        get
        {
            Timespec time = default;
            return ClockGetTime(ClockBootTime, ref time) == 0
                ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
                : throw new PlatformNotSupportedException("CLOCK_BOOTTIME cannot be read.");
        }
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
