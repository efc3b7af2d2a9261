using System.Reflection;

namespace Coordination.Architecture.Tests;

/// <summary>The public face of each package.</summary>
public sealed class ApiTests
{
    private const string UpdateVariable = "UPDATE_API";

    public static TheoryData<string> Packages => ["Protocol", "Client", "Recipes", "Server"];

    /// <summary>A change of the public API shows up as a change of a file under docs/api, which a reviewer sees.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_api_is_the_approved_one(string package)
    {
        string relative = $"docs/api/Coordination.{package}.txt";
        string path = Path.Combine(Repository.Root, relative);
        string actual = ApiDump.Of($"Coordination.{package}");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{relative} is missing; run the tests once with {UpdateVariable}=1.");
        string approved = File.ReadAllText(path);
        if (approved == actual)
            return;

        string[] added = [.. actual.Split('\n').Except(approved.Split('\n')).Select(line => "+ " + line.Trim())];
        string[] removed = [.. approved.Split('\n').Except(actual.Split('\n')).Select(line => "- " + line.Trim())];
        Assert.Fail($"{relative} differs from the code. If the change is meant, run the tests once with {UpdateVariable}=1 and commit the file.\n"
            + string.Join('\n', removed.Concat(added)));
    }

    [Theory]
    [InlineData("Client")]
    [InlineData("Recipes")]
    public void A_cancellation_token_is_the_last_parameter(string package)
    {
        var violations =
            from type in Assembly.Load($"Coordination.{package}").GetExportedTypes()
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            let parameters = method.GetParameters()
            where parameters.SkipLast(1).Any(parameter => parameter.ParameterType == typeof(CancellationToken))
            select $"{type.Name}.{method.Name}";
        Rule.HasNoViolations(violations);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_public_class_is_sealed_static_or_meant_to_be_derived_from(string package)
    {
        var violations =
            from type in Assembly.Load($"Coordination.{package}").GetExportedTypes()
            where type.Name != "Program" && type.IsClass && !type.IsSealed && !type.IsAbstract && !typeof(Exception).IsAssignableFrom(type)
            select type.FullName;
        Rule.HasNoViolations(violations);
    }
}
