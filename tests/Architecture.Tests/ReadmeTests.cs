using System.Collections;
using System.Text.RegularExpressions;
using Coordination.Server.Hosting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Coordination.Architecture.Tests;

/// <summary>What a reader pastes from the first page compiles against the packages as they are.</summary>
public sealed partial class ReadmeTests
{
    /// <summary>What a project of the Web SDK imports without being told.</summary>
    private const string WebUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;"
        + "global using System.Net.Http; global using System.Net.Http.Json; global using System.Threading;"
        + "global using System.Threading.Tasks;"
        + "global using Microsoft.AspNetCore.Builder;"
        + "global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing;"
        + "global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection;"
        + "global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;";

    [Fact]
    public void The_program_and_the_test_of_the_readme_compile()
    {
        string[] snippets = [.. Snippet.Matches(Repository.Text("README.md")).Select(match => match.Groups["code"].Value)];
        Assert.Equal(2, snippets.Length);

        Rule.HasNoViolations(Errors(snippets[0]));
        Rule.HasNoViolations(Errors($$"""
            using Coordination.Client;
            using Coordination.Server;
            static async Task Test(IServiceCollection services, ICoordinationClient client)
            {
            {{snippets[1]}}
            }
            await Test(new ServiceCollection(), null!);
            """));
    }

    [Fact]
    public void The_configuration_file_of_the_readme_exists_and_has_nothing_to_warn_of()
    {
        Assert.Contains("-- conf/zoo.cfg", Repository.Text("README.md"), StringComparison.Ordinal);
        Assert.Empty(ServerConfiguration.Read(Path.Combine(Repository.Root, "conf/zoo.cfg"), [], new Hashtable()).Warnings);
    }

    private static IEnumerable<string> Errors(string program) => CSharpCompilation.Create(
            "Readme",
            [CSharpSyntaxTree.ParseText(program, path: "README.md"), CSharpSyntaxTree.ParseText(WebUsings)],
            ServerCompilation.PlatformReferences(),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable))
        .GetDiagnostics(TestContext.Current.CancellationToken)
        .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id != "CS1701")
        .Select(diagnostic => diagnostic.ToString());

    [GeneratedRegex(
        @"```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Snippet { get; }
}
