using System.Text.RegularExpressions;

namespace Coordination.Architecture.Tests;

/// <summary>What the documents promise about the repository.</summary>
public sealed partial class DocumentationTests
{
    private static IEnumerable<string> Documents =>
        Repository.Files("*.md", "docs", "samples", "src", "tests", "bench", "eng")
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md").Select(file => Path.GetFileName(file)));

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var broken =
            from document in Documents
            from match in Link.Matches(WithoutCode(Repository.Text(document)))
            let target = match.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            let problem = Problem(document, target)
            where problem is not null
            select $"{document}: {target} {problem}";
        Rule.HasNoViolations(broken);
    }

    /// <summary>The map names files below the root or below the folder of a project.</summary>
    [Fact]
    public void Every_file_that_the_map_names_exists()
    {
        string[] homes = ["", "src/Server", "src/Client", "src/Protocol", "src/Recipes"];
        string[] named = [.. Source.Matches(Repository.Text("docs/architecture.md")).Select(match => match.Groups["file"].Value).Distinct()];

        Rule.HasNoViolations(named.Where(file => !homes.Any(home => File.Exists(Path.Combine(Repository.Root, home, file)))));
        Assert.NotEmpty(named);
    }

    private static string? Problem(string document, string target)
    {
        string[] parts = target.Split('#', 2);
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        string file = parts[0].Length == 0 ? Path.Combine(Repository.Root, document) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        if (!File.Exists(file) && !Directory.Exists(file))
            return "does not exist";
        if (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(File.ReadAllText(file)).Contains(parts[1]))
            return "has no such heading";
        return null;
    }

    /// <summary>Headings become anchors: lower case, spaces as hyphens, punctuation gone.</summary>
    private static HashSet<string> Anchors(string text) =>
    [
        .. from line in text.Split('\n')
           where line.StartsWith('#')
           let heading = line.TrimStart('#').Trim().ToLowerInvariant()
           select new string([.. heading.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')]).Replace(' ', '-'),
    ];

    private static string WithoutCode(string text) => Code.Replace(text, "");

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"`(?<file>[\w./]+\.cs)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Source { get; }

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Code { get; }
}
