namespace Coordination.Server.Hosting.Settings;

/// <summary>
/// One setting that takes effect: how it is written in <c>zoo.cfg</c>, what it accepts, and where it goes. Messages, the check of options
/// that never were text, and docs/configuration.md are all made from it. Create them with <see cref="Setting"/>.
/// </summary>
internal sealed record ServerSetting
{
    /// <summary>What every environment variable of a setting begins with.</summary>
    public const string EnvironmentPrefix = "ZOOKEEPER_";

    /// <summary>Without the prefix <c>zookeeper.</c>, which may always be put in front.</summary>
    public required string Key { get; init; }

    /// <summary>Other names of the same setting: Apache calls some otherwise as a property of the Java machine.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What the number counts; empty for what is no number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What is accepted, in words: for the message about a bad value, and for the documentation.</summary>
    public required string Range { get; init; }

    /// <summary>What it is for; one line of the documentation.</summary>
    public required string Meaning { get; init; }

    /// <summary>The default in words where the text of the value would not say it.</summary>
    public string? Default { get; init; }

    /// <summary>Whether a text is an allowed value.</summary>
    public required Func<string, bool> Accepts { get; init; }

    /// <summary>Puts an accepted text into the options.</summary>
    public required Action<CoordinationServerOptions, string> Apply { get; init; }

    /// <summary>The value in force, as it would be written in <c>zoo.cfg</c>.</summary>
    public required Func<CoordinationServerOptions, string> Show { get; init; }

    /// <summary>The key and its aliases.</summary>
    public IEnumerable<string> Names => Aliases.Prepend(Key);

    /// <summary>The environment variable that stands for a key.</summary>
    public static string EnvironmentName(string key) => EnvironmentPrefix + key.Replace('.', '_').ToUpperInvariant();
}

/// <summary>Settings that belong together, under one heading of the documentation.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Settings">In the order of the documentation.</param>
internal sealed record SettingGroup(string Title, IReadOnlyList<ServerSetting> Settings);
