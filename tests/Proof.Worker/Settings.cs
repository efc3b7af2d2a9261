using System.Globalization;

namespace Coordination.Proof.Worker;

/// <summary>What a role was told on its command line.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public static Settings Parse(ReadOnlySpan<string> arguments)
    {
        var settings = new Settings();
        foreach (string argument in arguments)
        {
            int sign = argument.IndexOf('=', StringComparison.Ordinal);
            settings._values[argument[..sign]] = argument[(sign + 1)..];
        }

        return settings;
    }

    public string Text(string name) => _values[name];

    public int Number(string name) => int.Parse(_values[name], CultureInfo.InvariantCulture);

    public bool Flag(string name) => _values.TryGetValue(name, out string? text) && bool.Parse(text);

    public TimeSpan Milliseconds(string name) => TimeSpan.FromMilliseconds(Number(name));

    public bool Has(string name) => _values.ContainsKey(name);
}
