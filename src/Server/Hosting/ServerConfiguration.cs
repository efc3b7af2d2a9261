using System.Collections;
using System.Text.RegularExpressions;
using Coordination.Protocol;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Server.Hosting;

/// <summary>The result of reading the configuration: options, and what the operator should hear about it.</summary>
/// <param name="Options">Validated.</param>
/// <param name="Warnings">One line each.</param>
internal sealed partial record ServerConfiguration(CoordinationServerOptions Options, IReadOnlyList<string> Warnings)
{
    private const string CommandLine = "command line";

    /// <summary>
    /// Reads the settings of a standalone server. The command line wins over the environment, the environment over the file.
    /// </summary>
    /// <param name="file">A <c>zoo.cfg</c>, or null for the defaults without one.</param>
    /// <param name="arguments">Arguments of the form <c>-Dname=value</c>.</param>
    /// <param name="environment">The process environment.</param>
    /// <exception cref="ServerConfigurationException">A value is not allowed, or a key asks for what is not there.</exception>
    public static ServerConfiguration Read(string? file, IEnumerable<string> arguments, IDictionary environment)
    {
        CoordinationServerOptions options = file is null ? new() : CoordinationServerOptions.ForConfigurationFile();
        List<string> warnings = [];
        List<PropertyEntry> members = [];
        if (file is not null)
        {
            // Whoever has a file has a place for the data too, and must name it: not here, by accident.
            options.DataDirectory = "";
            ApplyFile(file, options, members, warnings);
        }

        ApplyEnvironment(options, environment, warnings);
        foreach (string argument in arguments)
            ApplyDefinition(argument, CommandLine, options, warnings);
        if (options.DataDirectory.Length == 0)
            throw new ServerConfigurationException($"{file}: dataDir is missing; name the directory in which the data is to be kept");

        if (file is not null)
            new EnsembleReader(file, options, warnings).Read(members);
        try
        {
            // Each text was held against its setting's range when it was applied.
            options.ValidateTogether();
        }
        catch (ServerConfigurationException e) when (file is not null)
        {
            throw new ServerConfigurationException($"{file}: {e.Message}");
        }

        return new ServerConfiguration(options, warnings);
    }

    private static void ApplyFile(string file, CoordinationServerOptions options, List<PropertyEntry> members, List<string> warnings)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ServerConfigurationException($"The configuration file '{file}' cannot be read: {e.Message}");
        }

        foreach (PropertyEntry entry in JavaProperties.Parse(text))
        {
            string where = $"{file}:{entry.Line}";
            if (entry.Key != "version" && QuorumConfiguration.IsKey(entry.Key))
                members.Add(entry);
            else if (!Apply(entry.Key, entry.Value, where, options, warnings))
                warnings.Add($"{where}: the key '{entry.Key}' is unknown and ignored");
        }
    }

    private static void ApplyEnvironment(CoordinationServerOptions options, IDictionary environment, List<string> warnings)
    {
        foreach (string variable in (ReadOnlySpan<string>)["JVMFLAGS", "SERVER_JVMFLAGS"])
        {
            if (environment[variable] is not string flags)
                continue;
            foreach (string flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                ApplyDefinition(flag, variable, options, warnings);
        }

        // Most environments name no setting: then none has to be looked for.
        if (!environment.Keys.Cast<string>().Any(static variable => variable.StartsWith(ServerSetting.EnvironmentPrefix, StringComparison.Ordinal)))
            return;

        foreach (ServerSetting setting in ServerSettings.Supported)
        {
            foreach (string variable in setting.Names.Select(ServerSetting.EnvironmentName))
            {
                if (environment[variable] is string value)
                    Apply(setting.Key, value, $"environment {variable}", options, warnings);
            }
        }

        JudgeOtherVariables(environment, warnings);
    }

    /// <summary>
    /// A variable that asks for what is not there stops the start, or is named in a warning, as the key would. Unknown ones may be
    /// anybody's.
    /// </summary>
    private static void JudgeOtherVariables(IDictionary environment, List<string> warnings)
    {
        HashSet<string> supported = [.. ServerSettings.Supported.SelectMany(static setting => setting.Names).Select(ServerSetting.EnvironmentName)];
        IEnumerable<string> candidates = environment.Keys.OfType<string>().Where(static name => name.StartsWith("ZOOKEEPER_", StringComparison.Ordinal));
        foreach (string variable in candidates.Order(StringComparer.Ordinal))
        {
            if (environment[variable] is not string value || supported.Contains(variable) || IsOfPlatform(variable))
                continue;

            if (RefusedSettings.Table.FirstOrDefault(setting => setting.CoversVariable(variable)) is { } refused)
            {
                if (!refused.IsHarmless(value))
                    throw new ServerConfigurationException($"environment {variable}: it cannot be used: {refused.Reason}");
            }
            else if (IgnoredSettings.Table.FirstOrDefault(setting => setting.CoversVariable(variable)) is { } ignored && !ignored.IsHarmless(value))
            {
                warnings.Add($"environment {variable}: it has no effect: {ignored.Reason}");
            }
        }
    }

    /// <summary>What a container platform tells about its services may begin alike; but a server list is numbered.</summary>
    private static bool IsOfPlatform(string variable) => PlatformVariable().IsMatch(variable)
        || (variable.StartsWith("ZOOKEEPER_SERVER_", StringComparison.Ordinal) && !char.IsAsciiDigit(variable[^1]));

    /// <summary>Such as <c>ZOOKEEPER_SSL_SERVICE_HOST</c> or <c>ZOOKEEPER_SSL_PORT_2281_TCP_ADDR</c>. No key is written like that.</summary>
    [GeneratedRegex("_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_[0-9]+_(TCP|UDP|SCTP)(_|$)|^ZOOKEEPER_(SSL|ADMIN|OBSERVER|TEST)_PORT$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PlatformVariable();

    /// <summary>Applies <c>-Dname=value</c>; other flags are the Java machine's, and there is none.</summary>
    private static void ApplyDefinition(string flag, string where, CoordinationServerOptions options, List<string> warnings)
    {
        if (!flag.StartsWith("-D", StringComparison.Ordinal))
            return;

        int equals = flag.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            if (where == CommandLine)
                warnings.Add($"{where}: '{flag}' gives no value and is ignored");
            return;
        }

        string key = flag[2..equals];
        bool isKnown = Apply(key, flag[(equals + 1)..], where, options, warnings);
        if (!isKnown && (where == CommandLine || key.StartsWith("zookeeper.", StringComparison.Ordinal)))
            warnings.Add($"{where}: the property '{key}' is unknown and ignored");
    }

    /// <summary>False if the key is unknown.</summary>
    private static bool Apply(string key, string value, string where, CoordinationServerOptions options, List<string> warnings)
    {
        if (ServerSettings.Find(key) is { } setting)
        {
            if (!setting.Accepts(value))
                throw new ServerConfigurationException($"{where}: {key}={value} is not allowed; it must be {setting.Range}");
            setting.Apply(options, value);
            return true;
        }

        if (ServerSettings.FindRefused(key) is { } refused)
        {
            if (!refused.IsHarmless(value))
                throw new ServerConfigurationException($"{where}: {key} cannot be used: {refused.Reason}");
            return true;
        }

        if (ServerSettings.FindIgnored(key) is not { } ignored)
            return false;

        if (!ignored.IsHarmless(value))
            warnings.Add($"{where}: '{key}' has no effect: {ignored.Reason}");
        return true;
    }
}
