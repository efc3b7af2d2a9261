using System.Globalization;

namespace Coordination.Bench.Native;

/// <summary>What the operating system says about a process: the only judge of CPU time that serves every language alike.</summary>
/// <param name="CpuSeconds">User and system time of all threads, ended ones included.</param>
/// <param name="ResidentBytes">Resident set.</param>
/// <param name="ContextSwitches">Of all living threads, voluntary and not.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long ResidentBytes, long ContextSwitches)
{
    private const int ScheduledTime = 2;

    public static ProcessUsage Of(int processId)
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        // The command's name stands in parentheses and may hold spaces: fields count from behind it.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long pages = long.Parse(fields[21], CultureInfo.InvariantCulture);
        return new ProcessUsage(CpuSecondsOf(processId), pages * Environment.SystemPageSize, Switches(processId));
    }

    /// <summary>The process's own CPU clock in nanoseconds; /proc counts in ticks of 10 ms, too coarse for a short drive.</summary>
    public static unsafe double CpuSecondsOf(int processId)
    {
        long* time = stackalloc long[2];
        int clock = (~processId << 3) | ScheduledTime;
        if (Libc.ReadClock(clock, time) != 0)
            throw new IOException($"The CPU clock of process {processId} cannot be read.");
        return time[0] + (time[1] / 1e9);
    }

    private static long Switches(int processId)
    {
        long sum = 0;
        foreach (string task in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            try
            {
                foreach (string line in File.ReadLines(Path.Combine(task, "status")))
                {
                    if (line.Contains("ctxt_switches", StringComparison.Ordinal))
                        sum += long.Parse(line.AsSpan(line.IndexOf(':') + 1), NumberStyles.Integer, CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // The thread ended between the listing and the look.
            }
        }

        return sum;
    }
}
