namespace Coordination.Server.Hosting.Settings;

/// <summary>A key of Apache's that does nothing here.</summary>
/// <param name="Pattern">A key, or the beginning of several with a star behind it.</param>
/// <param name="Reason">Why, for the operator.</param>
/// <param name="Harmless">Values that ask for nothing that is not so anyway, separated by commas; <c>no</c> and <c>false</c> always are.</param>
internal sealed record UnsupportedSetting(string Pattern, string Reason, string Harmless = "")
{
    /// <summary>Whether a plain key is meant.</summary>
    public bool Covers(string key) => Pattern.EndsWith('*')
        ? key.StartsWith(Pattern.AsSpan(0, Pattern.Length - 1), StringComparison.Ordinal)
        : key == Pattern;

    /// <summary>Whether an environment variable is meant.</summary>
    public bool CoversVariable(string name)
    {
        string own = ServerSetting.EnvironmentName(Pattern);
        return own.EndsWith('*') ? name.StartsWith(own.AsSpan(0, own.Length - 1), StringComparison.Ordinal) : name == own;
    }

    /// <summary>Whether a value asks for nothing special.</summary>
    public bool IsHarmless(string value) => Setting.IsNo(value) || (value.Length > 0 && Harmless.Split(',').Contains(value, StringComparer.OrdinalIgnoreCase));
}
