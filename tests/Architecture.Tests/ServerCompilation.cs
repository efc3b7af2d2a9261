using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coordination.Architecture.Tests;

/// <summary>
/// The server's sources bound to their symbols, so that a rule sees what a name means and not how it is spelled. Source generators do
/// not run here; what they would add is of no interest to the rules.
/// </summary>
internal static class ServerCompilation
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;"
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<CSharpCompilation> Shared = new(Create);

    /// <summary>The files of one folder of the server with their meaning.</summary>
    public static IEnumerable<(string File, SyntaxNode Root, SemanticModel Model)> Folder(string folder) =>
        from tree in Shared.Value.SyntaxTrees
        where tree.FilePath.StartsWith($"src/Server/{folder}/", StringComparison.Ordinal)
        select (tree.FilePath, tree.GetRoot(), Shared.Value.GetSemanticModel(tree));

    /// <summary>The folder of the server in which a symbol is declared; null if it is declared elsewhere.</summary>
    public static string? FolderOf(ISymbol? symbol)
    {
        const string prefix = "Coordination.Server.";
        string name = symbol switch
        {
            null or INamespaceSymbol => "",
            _ => symbol.ContainingNamespace?.ToDisplayString() ?? "",
        };
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..].Split('.')[0] : null;
    }

    public static string At(SyntaxNode node) =>
        $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    public static IEnumerable<MetadataReference> PlatformReferences(params string[] except) =>
        from path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        where !except.Contains(Path.GetFileNameWithoutExtension(path))
        select MetadataReference.CreateFromFile(path);

    private static CSharpCompilation Create()
    {
        IEnumerable<SyntaxTree> sources = Repository.Sources("src/Server")
            .Select(file => CSharpSyntaxTree.ParseText(Repository.Text(file), path: file));
        return CSharpCompilation.Create(
            "Coordination.Server",
            sources.Append(CSharpSyntaxTree.ParseText(ImplicitUsings, path: "ImplicitUsings.cs")),
            PlatformReferences(except: "Coordination.Server"),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }
}
