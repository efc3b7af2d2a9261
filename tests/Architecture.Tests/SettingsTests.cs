using System.Reflection;
using System.Xml.Linq;
using Coordination.Server;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Architecture.Tests;

/// <summary>Every setting is documented as it is; <c>UPDATE_API=1</c> writes the tables of the document anew.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void The_tables_of_the_document_are_those_of_the_code()
    {
        string document = Repository.Text(SettingsDocument.Path);
        string wanted = SettingsDocument.Tables()
            .Aggregate(document, static (text, next) => SettingsDocument.Replace(text, next.Heading, next.Table));
        if (Environment.GetEnvironmentVariable("UPDATE_API") is not null)
            File.WriteAllText(Path.Combine(Repository.Root, SettingsDocument.Path), wanted);
        else
            Assert.Equal(wanted, document);
    }

    [Fact]
    public void No_key_has_two_meanings()
    {
        string[] names = [.. ServerSettings.Supported.SelectMany(static setting => setting.Names)];
        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
        Rule.HasNoViolations(names.Where(static name => ServerSettings.FindRefused(name) is { Pattern: var pattern } && pattern == name));
        Rule.HasNoViolations(names.Where(static name => ServerSettings.FindIgnored(name) is { Pattern: var pattern } && pattern == name));
    }

    [Fact]
    public void Every_default_is_allowed()
    {
        CoordinationServerOptions.ForConfigurationFile().Validate();
        new CoordinationServerOptions().Validate();
        new EmbeddedServerOptions().ToServerOptions("temporary", 0).Validate();
    }

    /// <summary>What the descriptor shows is what it reads: putting a value into other options gives the same text.</summary>
    [Fact]
    public void A_setting_reads_what_it_shows()
    {
        CoordinationServerOptions source = CoordinationServerOptions.ForConfigurationFile();
        var violations =
            from setting in ServerSettings.Supported
            let text = setting.Show(source)
            let target = new CoordinationServerOptions()
            let shown = Applied(setting, target, text)
            where shown != text
            select $"{setting.Key}: {text} became {shown}";
        Rule.HasNoViolations(violations);
    }

    /// <summary>Whoever sets options in code reads there what a key is called, its unit, default and range.</summary>
    [Theory]
    [InlineData(typeof(CoordinationServerOptions))]
    [InlineData(typeof(EmbeddedServerOptions))]
    public void Every_option_says_its_value_and_default(Type options)
    {
        XElement[] members = [.. XDocument.Load(Path.ChangeExtension(options.Assembly.Location, ".xml")).Descendants("member")];
        var violations =
            from property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            let member = members.FirstOrDefault(member => (string?)member.Attribute("name") == $"P:{options.FullName}.{property.Name}")
            let value = member?.Element("value")?.Value ?? ""
            where !value.Contains("Default: ", StringComparison.Ordinal)
            select $"{property.Name}: <value>{value}</value>";
        Rule.HasNoViolations(violations);
    }

    private static string Applied(ServerSetting setting, CoordinationServerOptions target, string text)
    {
        setting.Apply(target, text);
        return setting.Show(target);
    }
}
