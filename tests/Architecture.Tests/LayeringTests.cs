using System.Reflection;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coordination.Architecture.Tests;

/// <summary>Who may use whom, read from the tables in docs/architecture.md.</summary>
public sealed class LayeringTests
{
    private const string Document = "docs/architecture.md";

    public static TheoryData<string, string> Projects => Rows("project");

    public static TheoryData<string, string> Folders => Rows("folder of Server");

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_drawing_allows(string project, string allowed)
    {
        var references =
            from reference in XDocument.Load(Path.Combine(Repository.Root, $"src/{project}/{project}.csproj")).Descendants("ProjectReference")
            select Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'));
        Assert.Subset(Repository.Words(allowed).ToHashSet(), references.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_uses_only_what_the_drawing_allows(string project, string allowed)
    {
        const string prefix = "Coordination.";
        var used =
            from name in Assembly.Load(prefix + project).GetReferencedAssemblies()
            where name.Name!.StartsWith(prefix, StringComparison.Ordinal)
            select name.Name![prefix.Length..];
        Assert.Subset(Repository.Words(allowed).ToHashSet(), used.ToHashSet());
    }

    [Fact]
    public void Every_project_and_every_folder_of_the_server_stands_in_the_drawing()
    {
        Assert.Equal(Names("src"), Repository.Table(Document, "project").Select(row => row[0]).Order(StringComparer.Ordinal));
        Assert.Subset(
            Repository.Table(Document, "folder of Server").Select(row => row[0]).ToHashSet(),
            Names("src/Server").ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_of_the_server_uses_only_what_the_drawing_allows(string folder, string allowed)
    {
        HashSet<string> permitted = [folder, .. Repository.Words(allowed)];
        var violations =
            from file in ServerCompilation.Folder(folder)
            from name in file.Root.DescendantNodes().OfType<SimpleNameSyntax>()
            let target = ServerCompilation.FolderOf(Meaning(file.Model, name))
            where target is not null && !permitted.Contains(target)
            select $"{ServerCompilation.At(name)}: {name} belongs to {target}";
        Rule.HasNoViolations(violations);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_file_of_the_server_lives_in_the_namespace_of_its_folder(string folder, string allowed)
    {
        _ = allowed;
        var strangers =
            from file in ServerCompilation.Folder(folder)
            from declaration in file.Root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            let name = declaration.Name.ToString()
            where !IsHome(name, folder) && !name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            select $"{file.File}: {name}";
        Rule.HasNoViolations(strangers);
    }

    private static bool IsHome(string name, string folder) =>
        name == $"Coordination.Server.{folder}" || name.StartsWith($"Coordination.Server.{folder}.", StringComparison.Ordinal)
        || (folder == "Hosting" && name == "Coordination.Server");

    private static ISymbol? Meaning(SemanticModel model, SimpleNameSyntax name)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
    }

    private static IEnumerable<string> Names(string folder) =>
        Repository.Sources(folder)
            .Select(file => file[(folder.Length + 1)..].Split('/'))
            .Where(parts => parts.Length > 1)
            .Select(parts => parts[0])
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static TheoryData<string, string> Rows(string firstColumn)
    {
        var rows = new TheoryData<string, string>();
        foreach (string[] row in Repository.Table(Document, firstColumn))
            rows.Add(row[0], row[1]);
        return rows;
    }
}
