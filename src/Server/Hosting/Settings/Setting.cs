using System.Globalization;

namespace Coordination.Server.Hosting.Settings;

/// <summary>Makes settings of the usual kinds.</summary>
internal static class Setting
{
    /// <summary>A whole number, decimal or hexadecimal.</summary>
    public static ServerSetting Number(
        string key,
        string unit,
        (long Min, long Max) range,
        Func<CoordinationServerOptions, long> get,
        Action<CoordinationServerOptions, long> set,
        string meaning) => new()
        {
            Key = key,
            Unit = unit,
            Range = Describe(range),
            Meaning = meaning,
            Accepts = text => TryParse(text, out long value) && value >= range.Min && value <= range.Max,
            Apply = (options, text) => set(options, TryParse(text, out long value) ? value : throw new FormatException(text)),
            Show = options => get(options).ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>A time, written as a whole number of milliseconds.</summary>
    public static ServerSetting Milliseconds(
        string key,
        (long Min, long Max) range,
        Func<CoordinationServerOptions, TimeSpan> get,
        Action<CoordinationServerOptions, TimeSpan> set,
        string meaning) => Number(
            key, "ms", range, options => (long)get(options).TotalMilliseconds, (options, value) => set(options, TimeSpan.FromMilliseconds(value)), meaning);

    /// <summary>A number with a fraction.</summary>
    public static ServerSetting Fraction(
        string key,
        (double Min, double Max) range,
        Func<CoordinationServerOptions, double> get,
        Action<CoordinationServerOptions, double> set,
        string meaning) => new()
        {
            Key = key,
            Range = string.Create(CultureInfo.InvariantCulture, $"a number from {range.Min} to {range.Max}"),
            Meaning = meaning,
            Accepts = text => TryParse(text, out double value) && value >= range.Min && value <= range.Max,
            Apply = (options, text) => set(options, TryParse(text, out double value) ? value : throw new FormatException(text)),
            Show = options => get(options).ToString("0.######", CultureInfo.InvariantCulture),
        };

    /// <summary>Yes or no.</summary>
    public static ServerSetting Switch(
        string key, Func<CoordinationServerOptions, bool> get, Action<CoordinationServerOptions, bool> set, string meaning) => new()
        {
            Key = key,
            Range = "yes, no, true or false",
            Meaning = meaning,
            Accepts = static text => IsYes(text) || IsNo(text),
            Apply = (options, text) => set(options, IsYes(text)),
            Show = options => get(options) ? "yes" : "no",
        };

    /// <summary>Anything but nothing.</summary>
    public static ServerSetting Text(
        string key, Func<CoordinationServerOptions, string?> get, Action<CoordinationServerOptions, string> set, string meaning) => new()
        {
            Key = key,
            Range = "a non-empty text",
            Meaning = meaning,
            Accepts = static text => text.Length > 0,
            Apply = set,
            Show = options => get(options) ?? "",
        };

    /// <summary>Any text; an empty one is none.</summary>
    public static ServerSetting Optional(
        string key, Func<CoordinationServerOptions, string?> get, Action<CoordinationServerOptions, string?> set, string meaning) => new()
        {
            Key = key,
            Range = "a text",
            Meaning = meaning,
            Accepts = static _ => true,
            Apply = (options, text) => set(options, text.Length == 0 ? null : text),
            Show = options => get(options) ?? "",
        };

    /// <summary>A text that nobody is shown. Every text is accepted, so that no message names one.</summary>
    public static ServerSetting Secret(
        string key, Func<CoordinationServerOptions, string?> get, Action<CoordinationServerOptions, string?> set, string meaning) =>
        Optional(key, options => string.IsNullOrEmpty(get(options)) ? "" : "******", set, meaning);

    /// <summary>One of the names of an enumeration.</summary>
    public static ServerSetting Choice<T>(
        string key, Func<CoordinationServerOptions, T> get, Action<CoordinationServerOptions, T> set, string meaning)
        where T : struct, Enum => new()
        {
            Key = key,
            Range = string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant(),
            Meaning = meaning,
            Accepts = static text => Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value),
            Apply = (options, text) => set(options, Enum.Parse<T>(text, ignoreCase: true)),
            Show = options => get(options).ToString().ToLowerInvariant(),
        };

    /// <summary>Whether a text switches something on.</summary>
    public static bool IsYes(string text) =>
        text.Equals("yes", StringComparison.OrdinalIgnoreCase) || text.Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a text switches something off.</summary>
    public static bool IsNo(string text) =>
        text.Equals("no", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase);

    private static string Describe((long Min, long Max) range) => range switch
    {
        (long.MinValue, _) => "a whole number",
        _ => string.Create(CultureInfo.InvariantCulture, $"a whole number from {range.Min} to {range.Max}"),
    };

    /// <summary>Whole numbers as Java's properties accept them.</summary>
    private static bool TryParse(string text, out long value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
