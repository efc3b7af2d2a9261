namespace Coordination.Bench.Reporting;

/// <summary>docs/benchmarks.md: every command owns the section between its two markers and leaves the rest alone.</summary>
internal static class BenchmarkPage
{
    public static void Replace(string repositoryRoot, string section, string content)
    {
        string path = Path.Combine(repositoryRoot, "docs", "benchmarks.md");
        string begin = $"<!-- begin {section} -->";
        string end = $"<!-- end {section} -->";
        string page = File.Exists(path) ? File.ReadAllText(path) : "# Benchmarks\n";
        string replacement = $"{begin}\n\n{content.Trim()}\n\n{end}";
        int from = page.IndexOf(begin, StringComparison.Ordinal);
        int to = page.IndexOf(end, StringComparison.Ordinal);
        page = from >= 0 && to > from
            ? page[..from] + replacement + page[(to + end.Length)..]
            : $"{page.TrimEnd()}\n\n{replacement}\n";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, page);
    }
}
