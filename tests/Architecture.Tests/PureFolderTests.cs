using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coordination.Architecture.Tests;

/// <summary>
/// The pure folders are a deterministic machine: no tasks, threads, locks, clocks, chance, files, sockets or loggers, and nothing that
/// depends on the order of a hash table. Time comes in as an argument, effects go out as values.
/// </summary>
public sealed class PureFolderTests
{
    private static readonly string[] BannedNamespaces =
    [
        "System.Threading", "System.IO", "System.Net", "System.Diagnostics", "System.Timers", "Microsoft.Extensions", "Microsoft.AspNetCore",
    ];

    private static readonly HashSet<string> AllowedTypes =
    [
        "System.Diagnostics.CodeAnalysis",
        "System.Diagnostics.Debug",
        "System.Diagnostics.DebuggerDisplayAttribute",
        "System.Diagnostics.UnreachableException",
        "System.Net.EndPoint",
        "System.Net.IPAddress",
        "System.Net.IPEndPoint",
        "System.Net.Sockets.AddressFamily",
        "System.IO.InvalidDataException",
    ];

    private static readonly HashSet<string> BannedTypes =
    [
        "System.DateTime", "System.DateTimeOffset", "System.TimeProvider", "System.Random", "System.Console",
        "System.Security.Cryptography.RandomNumberGenerator",
    ];

    private static readonly HashSet<string> BannedMembers =
    [
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.Environment.TickCount", "System.Environment.TickCount64",
        "System.HashCode.Combine",
    ];

    public static TheoryData<string> Folders =>
    [
        .. Repository.Table("docs/architecture.md", "folder of Server").Where(row => row[2] == "yes").Select(row => row[0]),
    ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_pure_folder_uses_nothing_of_the_world(string folder)
    {
        var violations =
            from file in ServerCompilation.Folder(folder)
            from name in file.Root.DescendantNodes().OfType<SimpleNameSyntax>()
            let banned = Banned(file.Model.GetSymbolInfo(name).Symbol)
            where banned is not null
            select $"{ServerCompilation.At(name)}: {banned}";
        Rule.HasNoViolations(violations);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_pure_folder_neither_waits_nor_locks(string folder)
    {
        SyntaxKind[] keywords = [SyntaxKind.AsyncKeyword, SyntaxKind.AwaitKeyword, SyntaxKind.LockKeyword, SyntaxKind.VolatileKeyword];
        var violations =
            from file in ServerCompilation.Folder(folder)
            from token in file.Root.DescendantTokens()
            where keywords.Contains(token.Kind())
            select $"{ServerCompilation.At(token.Parent!)}: {token}";
        Rule.HasNoViolations(violations);
    }

    /// <summary>A loop over a hash table is allowed where a comment on it says why its order cannot be seen ("order:").</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_loop_over_a_hash_table_says_why_its_order_cannot_be_seen(string folder)
    {
        var violations =
            from file in ServerCompilation.Folder(folder)
            from loop in file.Root.DescendantNodes().OfType<CommonForEachStatementSyntax>()
            where IsHashTable(file.Model.GetTypeInfo(loop.Expression).Type)
            where !loop.GetLeadingTrivia().ToFullString().Contains("order", StringComparison.OrdinalIgnoreCase)
            select $"{ServerCompilation.At(loop)}: {loop.Expression}";
        Rule.HasNoViolations(violations);
    }

    [Fact]
    public void The_rules_bite()
    {
        Assert.NotNull(Banned(Symbol("System.Threading.Tasks.Task")));
        Assert.NotNull(Banned(Symbol("System.IO.File")));
        Assert.NotNull(Banned(Symbol("System.DateTime")));
        Assert.NotNull(Banned(Symbol("System.Guid").GetMembers("NewGuid").Single()));
        Assert.Null(Banned(Symbol("System.Collections.Generic.List`1")));
        Assert.True(IsHashTable(Symbol("System.Collections.Generic.Dictionary`2")));
    }

    private static string? Banned(ISymbol? symbol)
    {
        if (symbol is null or INamespaceSymbol)
            return null;

        INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
        string typeName = type is null ? "" : type.OriginalDefinition.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat).Split('<')[0];
        string space = type?.ContainingNamespace?.ToDisplayString() ?? "";
        if (BannedTypes.Contains(typeName) || BannedMembers.Contains($"{typeName}.{symbol.Name}"))
            return $"{typeName}.{symbol.Name}";
        if (AllowedTypes.Contains(typeName) || AllowedTypes.Contains(space))
            return null;

        return BannedNamespaces.Any(banned => space == banned || space.StartsWith(banned + ".", StringComparison.Ordinal)) ? typeName : null;
    }

    private static bool IsHashTable(ITypeSymbol? type)
    {
        string name = type?.OriginalDefinition.ToDisplayString() ?? "";
        return name.StartsWith("System.Collections.Generic.Dictionary<", StringComparison.Ordinal)
            || name.StartsWith("System.Collections.Generic.HashSet<", StringComparison.Ordinal);
    }

    private static INamedTypeSymbol Symbol(string name) =>
        CSharpCompilation.Create("probe", references: ServerCompilation.PlatformReferences()).GetTypeByMetadataName(name)!;
}
