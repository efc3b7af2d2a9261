using System.Collections;
using Coordination.Protocol;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Server.Hosting;

/// <summary>The result of reading the configuration: options, and what the operator should hear about it.</summary>
/// <param name="Options">Validated.</param>
/// <param name="Warnings">One line each.</param>
internal sealed record ServerConfiguration(CoordinationServerOptions Options, IReadOnlyList<string> Warnings)
{
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
        if (file is not null)
            ApplyFile(file, options, warnings);
        ApplyEnvironment(options, environment, warnings);
        foreach (string argument in arguments)
            ApplyDefinition(argument, "command line", options, warnings);
        try
        {
            options.Validate();
        }
        catch (ServerConfigurationException e) when (file is not null)
        {
            throw new ServerConfigurationException($"{file}: {e.Message}");
        }

        return new ServerConfiguration(options, warnings);
    }

    private static void ApplyFile(string file, CoordinationServerOptions options, List<string> warnings)
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

        bool namesDataDir = false;
        foreach (PropertyEntry entry in JavaProperties.Parse(text))
        {
            string where = $"{file}:{entry.Line}";
            namesDataDir |= entry.Key == "dataDir";
            if (!Apply(entry.Key, entry.Value, where, options, warnings))
                warnings.Add($"{where}: the key '{entry.Key}' is unknown and ignored");
        }

        if (!namesDataDir)
            throw new ServerConfigurationException($"{file}: dataDir is missing; name the directory in which the data is to be kept");
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

        foreach (ServerSetting setting in ServerSettings.Supported)
        {
            foreach (string variable in setting.Names.Select(ServerSetting.EnvironmentName))
            {
                if (environment[variable] is string value)
                    Apply(setting.Key, value, $"environment {variable}", options, warnings);
            }
        }

        RefuseVariables(environment);
    }

    /// <summary>
    /// A variable that asks for what is not there stops the start as the key would. Those of a container platform, which may begin alike
    /// (<c>ZOOKEEPER_SERVER_SERVICE_HOST</c>), do not: a server list is numbered.
    /// </summary>
    private static void RefuseVariables(IDictionary environment)
    {
        const string servers = "ZOOKEEPER_SERVER_";
        HashSet<string> supported = [.. ServerSettings.Supported.SelectMany(static setting => setting.Names).Select(ServerSetting.EnvironmentName)];
        foreach (string variable in environment.Keys.OfType<string>().Order(StringComparer.Ordinal))
        {
            if (supported.Contains(variable) || (variable.StartsWith(servers, StringComparison.Ordinal) && !char.IsAsciiDigit(variable[^1])))
                continue;

            UnsupportedSetting? refused = RefusedSettings.Table.FirstOrDefault(setting => setting.CoversVariable(variable));
            if (refused is not null && environment[variable] is string value && !refused.IsHarmless(value))
                throw new ServerConfigurationException($"environment {variable}: it cannot be used: {refused.Reason}");
        }
    }

    /// <summary>Applies <c>-Dname=value</c>; other flags are the Java machine's, and there is none.</summary>
    private static void ApplyDefinition(string flag, string where, CoordinationServerOptions options, List<string> warnings)
    {
        if (!flag.StartsWith("-D", StringComparison.Ordinal) || flag.IndexOf('=', StringComparison.Ordinal) is var equals && equals < 0)
            return;

        string key = flag[2..equals];
        if (!Apply(key, flag[(equals + 1)..], where, options, warnings) && key.StartsWith("zookeeper.", StringComparison.Ordinal))
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
