using System.Globalization;
using System.Text.RegularExpressions;

namespace Coordination.Compatibility.Tests;

/// <summary>
/// What a shell printed, without what must differ between two servers: zxids and ids of sessions become their order of appearance, times,
/// ports and noise of the shell's own go. Watch events, which come when they come, stand behind the rest in their own order.
/// </summary>
internal static partial class Transcript
{
    private const int MostMilliseconds = 10_000;

    public static string Normalize(string output, int port)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        string text = output.ReplaceLineEndings("\n").Replace($":{port}", ":PORT", StringComparison.Ordinal);
        text = Noise().Replace(text, "");
        text = Times().Replace(text, "TIME");
        text = Identifiers().Replace(text, found => Name(names, found));
        MatchCollection events = Events().Matches(text);

        // The banner and its event are printed one after the other, and what another thread prints may come between.
        text = Events().Replace(text, "").Replace("WATCHER::", "", StringComparison.Ordinal);
        text = BlankLines().Replace(text, "\n");
        return $"{text.Trim()}\n--- events\n{string.Join('\n', events.Select(static found => found.Groups["event"].Value))}";
    }

    /// <summary>Zero stays what it is.</summary>
    private static string Name(Dictionary<string, string> names, Match found)
    {
        string value = found.Groups["value"].Value;
        if (!names.TryGetValue(value, out string? name))
            names.Add(value, name = value is "0x0" or "0" ? value : string.Create(CultureInfo.InvariantCulture, $"ID{names.Count}"));
        return found.Groups["key"].Value + name;
    }

    [GeneratedRegex(
        "^(SLF4J|Connecting to|Welcome to|JLine|[0-9-]+ [0-9:,]+.*ZOO_(INFO|DEBUG)|ZooKeeper CLI version).*\n",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        MostMilliseconds)]
    private static partial Regex Noise();

    [GeneratedRegex(
        "(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +[0-9]+ [0-9:]+ ([A-Z]+ )?[0-9]{4}", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex Times();

    [GeneratedRegex(
        "(?<key>(Zxid|ephemeralOwner) *= *|owner=|session id: )(?<value>(0x)?[0-9a-f]+)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        MostMilliseconds)]
    private static partial Regex Identifiers();

    [GeneratedRegex("(?<event>WatchedEvent .*)", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex Events();

    [GeneratedRegex("\n\\s*\n", RegexOptions.None, MostMilliseconds)]
    private static partial Regex BlankLines();
}
