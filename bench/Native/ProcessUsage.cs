using System.Globalization;

namespace Coordination.Bench.Native;

/// <summary>What the operating system says about a process: the only judge of CPU time that serves every language alike.</summary>
/// <param name="CpuSeconds">User and system time of all threads, ended ones included.</param>
/// <param name="ResidentBytes">Resident set.</param>
/// <param name="ContextSwitches">Of all living threads, voluntary and not.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long ResidentBytes, long ContextSwitches)
{
    private const int ClockTicksPerSecond = 2;
    private static readonly double TicksPerSecond = Native.Libc.SystemConfiguration(ClockTicksPerSecond);

    public static ProcessUsage Of(int processId)
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        // The command's name stands in parentheses and may hold spaces: fields count from behind it.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double user = double.Parse(fields[11], CultureInfo.InvariantCulture);
        double system = double.Parse(fields[12], CultureInfo.InvariantCulture);
        long pages = long.Parse(fields[21], CultureInfo.InvariantCulture);
        return new ProcessUsage((user + system) / TicksPerSecond, pages * Environment.SystemPageSize, Switches(processId));
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
