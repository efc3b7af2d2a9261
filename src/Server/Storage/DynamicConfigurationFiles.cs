using System.Globalization;
using System.Text;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// The files in which a member keeps the ensemble's configuration beside its <c>zoo.cfg</c>, as Apache does: the committed one as
/// <c>zoo.cfg.dynamic.HEX</c>, to which the static file points, and one that was proposed and is not known to be committed as
/// <c>zoo.cfg.dynamic.next</c>. Only with <c>reconfigEnabled</c> is any of them written (ZOOKEEPER-2819).
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="configurationFile">The <c>zoo.cfg</c>.</param>
internal sealed class DynamicConfigurationFiles(IDisk disk, string configurationFile)
{
    /// <summary>The key by which the static file names the dynamic one.</summary>
    public const string Key = "dynamicConfigFile";

    private const string UnfinishedSuffix = ".tmp";

    private readonly string _static = Path.GetFullPath(configurationFile);

    /// <summary>Where a proposed configuration is kept.</summary>
    public string NextPath => _static + ".dynamic.next";

    /// <summary>Where the static file as the operator wrote it is kept.</summary>
    public string BackupPath => _static + ".bak";

    /// <summary>The version that a dynamic file's name ends with; 0 if it ends with none.</summary>
    public static long VersionOf(string path)
    {
        string name = Path.GetFileName(path);
        int dot = name.LastIndexOf('.');
        return dot >= 0 && long.TryParse(name.AsSpan(dot + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long version)
            ? version
            : 0;
    }

    /// <summary>Where a committed configuration is kept.</summary>
    public string PathOf(long version) => string.Create(CultureInfo.InvariantCulture, $"{_static}.dynamic.{version:x}");

    /// <summary>Reads the configuration that the static file points to.</summary>
    /// <param name="path">The value of <see cref="Key"/>.</param>
    /// <exception cref="DataDirectoryException">It is not there, or is none.</exception>
    public QuorumConfiguration ReadCommitted(string path)
    {
        string text = SmallFile.TryRead(disk, path)
            ?? throw new DataDirectoryException($"'{path}', which '{_static}' names as its {Key}, does not exist.");
        IReadOnlyList<PropertyEntry> entries = JavaProperties.Parse(text);
        if (entries.Any(static entry => entry.Key == "version"))
            throw new DataDirectoryException($"'{path}' holds a version; the version belongs behind the last dot of its name.");
        return Parse(path, () => QuorumConfiguration.Parse(entries)).WithVersion(VersionOf(path));
    }

    /// <summary>Reads the proposed configuration; null if there is none.</summary>
    /// <exception cref="DataDirectoryException">It is none.</exception>
    public QuorumConfiguration? ReadNext() =>
        SmallFile.TryRead(disk, NextPath) is { } text ? Parse(NextPath, () => QuorumConfiguration.Parse(text)) : null;

    /// <summary>Keeps a configuration that was proposed, durably.</summary>
    public void SaveNext(QuorumConfiguration configuration) => Replace(NextPath, configuration.ToFileText(withVersion: true));

    /// <summary>Forgets a proposed configuration that can never be committed.</summary>
    public void DeleteNext() => SmallFile.Remove(disk, NextPath);

    /// <summary>
    /// Keeps a configuration that was committed: the dynamic file first, then the static file points to it, then the proposed one goes if
    /// it is this one. After a crash between two of them the older configuration and the proposed one are there.
    /// </summary>
    /// <param name="configuration">What was committed.</param>
    /// <param name="dropsClientPort">Whether the member's line says where clients are served, so that the static file must not.</param>
    public void SaveCommitted(QuorumConfiguration configuration, bool dropsClientPort)
    {
        string path = PathOf(configuration.Version);
        Replace(path, configuration.ToFileText(withVersion: false));
        string text = SmallFile.TryRead(disk, _static) ?? throw new DataDirectoryException($"'{_static}' does not exist any more.");
        Replace(_static, Rewrite(text, path, dropsClientPort));
        if (ReadNext() is { } next && next.Version == configuration.Version)
            DeleteNext();
    }

    /// <summary>Copies a static file that still holds the members, once, before it is first rewritten.</summary>
    public void BackUp()
    {
        if (SmallFile.TryRead(disk, _static) is { } text)
            Replace(BackupPath, text);
    }

    /// <summary>
    /// The static file without the members and without what only they decide, pointing to the dynamic one. Apache loses comments and order
    /// in this; here every other line stays what it is.
    /// </summary>
    /// <param name="text">The static file.</param>
    /// <param name="dynamicPath">The dynamic file.</param>
    /// <param name="dropsClientPort">Whether the client's address goes too.</param>
    public static string Rewrite(string text, string dynamicPath, bool dropsClientPort)
    {
        string[] lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        IReadOnlyList<PropertyEntry> entries = JavaProperties.Parse(text);
        StringBuilder kept = new(text.Length + dynamicPath.Length);
        int entry = 0;
        bool isDropped = false;
        for (int i = 0; i < lines.Length; i++)
        {
            // What continues an entry has its fate; a comment or an empty line cannot continue one unless it is a part of its value.
            if (entry < entries.Count && entries[entry].Line == i + 1)
                isDropped = IsDropped(entries[entry++].Key, dropsClientPort);
            else if (i == 0 || !lines[i - 1].EndsWith('\\'))
                isDropped = false;
            if (!isDropped)
                kept.Append(lines[i]).Append('\n');
        }

        // In a properties file a backslash begins an escape.
        string value = dynamicPath.Replace('\\', '/');
        return kept.Append(Key).Append('=').Append(value).Append('\n').ToString();
    }

    private static bool IsDropped(string key, bool dropsClientPort) =>
        key.StartsWith("server.", StringComparison.Ordinal) || key.StartsWith("group", StringComparison.Ordinal)
        || key.StartsWith("weight", StringComparison.Ordinal) || key.StartsWith(Key, StringComparison.Ordinal)
        || key.StartsWith("peerType", StringComparison.Ordinal)
        || (dropsClientPort && key.StartsWith("clientPort", StringComparison.Ordinal));

    private static QuorumConfiguration Parse(string path, Func<QuorumConfiguration> parse)
    {
        try
        {
            return parse();
        }
        catch (QuorumConfigurationException wrong)
        {
            throw new DataDirectoryException($"'{path}' is not the configuration of an ensemble: {wrong.Message}");
        }
    }

    private void Replace(string path, string text) => SmallFile.Replace(disk, path + UnfinishedSuffix, path, text);
}
