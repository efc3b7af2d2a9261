using System.Text;
using Coordination.Server;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Architecture.Tests;

/// <summary>The tables of docs/configuration.md as the code would write them.</summary>
internal static class SettingsDocument
{
    public const string Path = "docs/configuration.md";

    /// <summary>Each table by the heading of the section that it ends.</summary>
    public static IEnumerable<(string Heading, string Table)> Tables() =>
    [
        .. ServerSettings.Groups.Select(static group => (group.Title, Supported(group))),
        ("Keys that stop the start", Unsupported(RefusedSettings.Table)),
        ("Keys without effect", Unsupported(IgnoredSettings.Table)),
    ];

    /// <summary>Puts a table in the place of the one that ends a section.</summary>
    public static string Replace(string document, string heading, string table)
    {
        int start = document.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{Path} has no heading '{heading}'");
        int end = document.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        string section = end < 0 ? document[start..] : document[start..end];
        int first = section.IndexOf("\n|", StringComparison.Ordinal);
        string text = (first < 0 ? section : section[..first]).TrimEnd('\n');
        return $"{document[..start]}{text}\n\n{table}\n{(end < 0 ? "" : document[end..])}";
    }

    private static string Supported(SettingGroup group)
    {
        StringBuilder text = new("| key | unit | default | range | meaning |\n| --- | --- | --- | --- | --- |");
        foreach (ServerSetting setting in group.Settings)
        {
            string names = string.Join(", ", setting.Names.Select(static name => $"`{name}`"));
            string range = setting.Range.Replace("a whole number from ", "", StringComparison.Ordinal)
                .Replace("a number from ", "", StringComparison.Ordinal)
                .Replace(" to 2147483647", " or more", StringComparison.Ordinal);
            text.Append('\n').Append($"| {names} | {setting.Unit} | {setting.Default ?? DefaultOf(setting)} | {range} | {setting.Meaning} |");
        }

        return text.ToString();
    }

    private static string Unsupported(IEnumerable<UnsupportedSetting> table) =>
        "| key | reason |\n| --- | --- |\n"
        + string.Join('\n', table.GroupBy(static setting => setting.Reason).Select(static group =>
            $"| {string.Join(", ", group.Select(static setting => $"`{setting.Pattern}`"))} | {group.Key} |"));

    /// <summary>With a file; then what is otherwise without one, and embedded.</summary>
    private static string DefaultOf(ServerSetting setting)
    {
        string withFile = setting.Show(CoordinationServerOptions.ForConfigurationFile());
        string without = setting.Show(new CoordinationServerOptions());
        string embedded = setting.Show(new EmbeddedServerOptions().ToServerOptions("temporary", 0));
        return withFile
            + (without == withFile ? "" : $"; without a file {without}")
            + (embedded == without ? "" : $"; embedded {embedded}");
    }
}
