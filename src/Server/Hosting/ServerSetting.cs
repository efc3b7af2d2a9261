using System.Globalization;

namespace Coordination.Server.Hosting;

/// <summary>One setting that can be given as text: its key as in <c>zoo.cfg</c>, what it accepts, and where it goes.</summary>
/// <param name="Key">Without the prefix <c>zookeeper.</c>, which may always be put in front.</param>
/// <param name="Allowed">For the message about a bad value.</param>
/// <param name="TryApply">False if the value is not allowed.</param>
internal sealed record ServerSetting(string Key, string Allowed, Func<CoordinationServerOptions, string, bool> TryApply)
{
    /// <summary>The environment variable of the same meaning.</summary>
    public string EnvironmentName => "ZOOKEEPER_" + Key.Replace('.', '_').ToUpperInvariant();

    public static ServerSetting Text(string key, Action<CoordinationServerOptions, string> apply) => new(key, "a non-empty text", (options, text) =>
    {
        if (text.Length == 0)
            return false;
        apply(options, text);
        return true;
    });

    public static ServerSetting Number(string key, long min, long max, Action<CoordinationServerOptions, long> apply) =>
        new(key, $"a whole number from {min} to {max}", (options, text) =>
        {
            if (!TryParse(text, out long value) || value < min || value > max)
                return false;
            apply(options, value);
            return true;
        });

    public static ServerSetting Switch(string key, Action<CoordinationServerOptions, bool> apply) =>
        new(key, "yes, no, true or false", (options, text) =>
        {
            bool? value = text.ToUpperInvariant() switch { "YES" or "TRUE" => true, "NO" or "FALSE" => false, _ => null };
            if (value is not { } known)
                return false;
            apply(options, known);
            return true;
        });

    public static ServerSetting Choice<T>(string key, Action<CoordinationServerOptions, T> apply)
        where T : struct, Enum => new(key, string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant(), (options, text) =>
        {
            if (!Enum.TryParse(text, ignoreCase: true, out T value) || !Enum.IsDefined(value))
                return false;
            apply(options, value);
            return true;
        });

    /// <summary>Whole numbers, decimal or hexadecimal, as Java's properties accept them.</summary>
    private static bool TryParse(string text, out long value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
