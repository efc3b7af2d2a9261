using System.Collections.Concurrent;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coordination.Architecture.Tests;

/// <summary>The repository's own files. Build output does not belong to them.</summary>
internal static class Repository
{
    private static readonly ConcurrentDictionary<string, CompilationUnitSyntax> Parsed = new(StringComparer.Ordinal);

    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All C# files below some folders of the root, as paths relative to it with <c>/</c>.</summary>
    public static IEnumerable<string> Sources(params string[] folders) => Files("*.cs", folders);

    public static IEnumerable<string> Files(string pattern, params string[] folders) =>
        from folder in folders
        let directory = Path.Combine(Root, folder)
        where Directory.Exists(directory)
        from file in Directory.EnumerateFiles(directory, pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !relative.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "TestResults")
        orderby relative
        select relative;

    public static string Text(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    public static CompilationUnitSyntax Parse(string relative) =>
        Parsed.GetOrAdd(relative, file => (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(Text(file), path: file).GetRoot());

    /// <summary>The rows of the one Markdown table whose first column has this title, without its head.</summary>
    public static IReadOnlyList<string[]> Table(string document, string firstColumn)
    {
        string[] lines = Text(document).Split('\n');
        int head = Array.FindIndex(lines, line => line.StartsWith($"| {firstColumn} |", StringComparison.Ordinal));
        Assert.True(head >= 0, $"{document} has no table whose first column is '{firstColumn}'");
        return
        [
            .. lines.Skip(head + 2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
        ];
    }

    /// <summary>The words of a table's cell.</summary>
    public static string[] Words(string cell) => cell.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Recipes.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
