using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Coordination.Architecture.Tests;

/// <summary>Habits of the house that no analyzer checks.</summary>
public sealed class TidyTests
{
    private const string Allowances = "tests/Architecture.Tests/Allowances.txt";
    private const int LongestFile = 300;
    private const int LongestTestFile = 500;
    private const int LongestMethod = 70;
    private const int LongestLine = 200;

    private static readonly string[] Everything = ["src", "tests", "samples", "bench"];

    [Fact]
    public void Files_are_short()
    {
        var lengths =
            from file in Repository.Sources(Everything)
            let limit = file.StartsWith("src/", StringComparison.Ordinal) ? LongestFile : LongestTestFile
            let lines = Repository.Text(file).Count(c => c == '\n')
            where lines > limit
            select (file, lines);
        Assert.Equal(Allowed("file"), lengths.ToDictionary(pair => pair.file, pair => pair.lines));
    }

    [Fact]
    public void Methods_are_short()
    {
        var lengths =
            from file in Repository.Sources(Everything)
            from member in Repository.Parse(file).DescendantNodes()
            where member is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
            let span = member.SyntaxTree.GetLineSpan(TextOf(member))
            let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
            where lines > LongestMethod
            select ($"{file}#{NameOf(member)}", lines);
        Assert.Equal(Allowed("method"), lengths.ToDictionary(pair => pair.Item1, pair => pair.lines));
    }

    [Fact]
    public void No_line_is_longer_than_200_characters()
    {
        var violations =
            from file in Repository.Sources("src", "samples", "bench")
            from line in Repository.Text(file).Split('\n').Index()
            where line.Item.Length > LongestLine
            select $"{file}:{line.Index + 1}: {line.Item.Length} characters";
        Rule.HasNoViolations(violations);
    }

    [Fact]
    public void There_are_no_regions_and_no_disabled_warnings()
    {
        var violations =
            from file in Repository.Sources(Everything)
            from trivia in Repository.Parse(file).DescendantTrivia(descendIntoTrivia: true)
            where trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)
                || (trivia.IsKind(SyntaxKind.PragmaWarningDirectiveTrivia) && !file.StartsWith("tests/", StringComparison.Ordinal))
            select $"{file}: {trivia.ToString().Trim()}";
        Rule.HasNoViolations(violations);
    }

    [Fact]
    public void Nothing_is_left_to_do_in_a_comment()
    {
        string[] words = ["TO" + "DO", "FIX" + "ME", "HA" + "CK"];
        var violations =
            from file in Repository.Sources(Everything)
            from trivia in Repository.Parse(file).DescendantTrivia()
            where trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia)
                || trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia)
            let text = trivia.ToFullString()
            where words.Any(word => text.Contains(word, StringComparison.Ordinal))
            select $"{file}: {text.Trim()}";
        Rule.HasNoViolations(violations);
    }

    /// <summary>It would let code escape a simulated scheduler; public members leave the caller's context once instead.</summary>
    [Fact]
    public void The_client_and_the_recipes_never_configure_awaits()
    {
        var violations =
            from file in Repository.Sources("src/Client", "src/Recipes")
            from name in Repository.Parse(file).DescendantNodes().OfType<IdentifierNameSyntax>()
            where name.Identifier.ValueText == "ConfigureAwait" && name.Parent?.Parent is InvocationExpressionSyntax call
                && call.ArgumentList.Arguments.Any(argument => argument.ToString().EndsWith("false", StringComparison.Ordinal))
            select ServerCompilation.At(name);
        Rule.HasNoViolations(violations);
    }

    /// <summary>Otherwise whoever completes a source runs strangers' code in the middle of its own.</summary>
    [Fact]
    public void Completion_sources_run_their_continuations_elsewhere()
    {
        var violations =
            from file in Repository.Sources("src")
            from creation in Repository.Parse(file).DescendantNodes().OfType<BaseObjectCreationExpressionSyntax>()
            where CreatedType(creation).StartsWith("TaskCompletionSource", StringComparison.Ordinal)
            where !creation.ToString().Contains("RunContinuationsAsynchronously", StringComparison.Ordinal)
            select $"{ServerCompilation.At(creation)}: {creation}";
        Rule.HasNoViolations(violations);
    }

    /// <summary>.NET 10 reports success when the system's flush has failed.</summary>
    [Fact]
    public void Nothing_trusts_the_platforms_flush_to_disk()
    {
        var violations =
            from file in Repository.Sources("src")
            from call in Repository.Parse(file).DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.ToString() is var text
                && (text.EndsWith(".Flush(true)", StringComparison.Ordinal) || text.EndsWith(".Flush(flushToDisk: true)", StringComparison.Ordinal)
                    || text.Contains("FlushToDisk(", StringComparison.Ordinal))
            select ServerCompilation.At(call);
        Rule.HasNoViolations(violations);
    }

    [Fact]
    public void Only_the_standalone_program_ends_the_process()
    {
        var violations =
            from file in Repository.Sources("src")
            where file != "src/Server/Program.cs"
            from call in Repository.Parse(file).DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            where call.ToString() is "Environment.Exit" or "Environment.FailFast"
            select ServerCompilation.At(call);
        Rule.HasNoViolations(violations);
    }

    /// <summary>The length of a declaration without its documentation and attributes.</summary>
    private static Microsoft.CodeAnalysis.Text.TextSpan TextOf(SyntaxNode member)
    {
        SyntaxNode? lastAttribute = member.ChildNodes().OfType<AttributeListSyntax>().LastOrDefault();
        return lastAttribute is null
            ? member.Span
            : Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(lastAttribute.Span.End + 1, member.Span.End);
    }

    private static string NameOf(SyntaxNode member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.ValueText,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.ValueText,
        LocalFunctionStatementSyntax function => function.Identifier.ValueText,
        _ => member.Kind().ToString(),
    };

    private static string CreatedType(BaseObjectCreationExpressionSyntax creation) => creation switch
    {
        ObjectCreationExpressionSyntax explicitType => explicitType.Type.ToString(),
        { Parent: EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration } } } =>
            declaration.Type.ToString(),
        { Parent: EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } } => property.Type.ToString(),
        _ => "",
    };

    /// <summary>What may exceed a limit, each with its exact present length: the list can only shrink.</summary>
    private static Dictionary<string, int> Allowed(string kind) =>
        Repository.Text(Allowances).Split('\n')
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split(' ', 4))
            .Where(fields => fields[0] == kind)
            .ToDictionary(fields => fields[1], fields => int.Parse(fields[2], CultureInfo.InvariantCulture));
}
