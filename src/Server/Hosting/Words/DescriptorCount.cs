using System.Globalization;

namespace Coordination.Server.Hosting.Words;

/// <summary>The process's descriptors; -1 where the system does not say.</summary>
internal static class DescriptorCount
{
    private const string Descriptors = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";
    private const string LimitName = "Max open files";

    /// <summary>How many are open.</summary>
    public static long Open() => Directory.Exists(Descriptors) ? Directory.EnumerateFileSystemEntries(Descriptors).LongCount() : -1;

    /// <summary>How many may be open.</summary>
    public static long Max()
    {
        if (!File.Exists(Limits))
            return -1;

        string? line = File.ReadLines(Limits).FirstOrDefault(static text => text.StartsWith(LimitName, StringComparison.Ordinal));
        string? soft = line?[LimitName.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1;
    }
}
