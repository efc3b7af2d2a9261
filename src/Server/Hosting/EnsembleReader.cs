using System.Globalization;
using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting.Settings;

namespace Coordination.Server.Hosting;

/// <summary>
/// Finds out whether a configuration file makes this server a member of an ensemble, and which. The rules are Apache's: more than one voter,
/// or <c>standaloneEnabled=false</c>; the number stands in <c>myid</c>.
/// </summary>
/// <param name="file">The configuration file, for messages.</param>
/// <param name="options">With everything else that was read; completed by <see cref="Read"/>.</param>
/// <param name="warnings">Appended to.</param>
internal sealed class EnsembleReader(string file, CoordinationServerOptions options, List<string> warnings)
{
    private const int LargestExtendedId = 254;

    /// <summary>Reads the members, of the lines of the file or of the dynamic one, and then who of them this server is.</summary>
    /// <param name="lines">The lines of the file that belong to a list of members.</param>
    /// <exception cref="ServerConfigurationException">They cannot be used.</exception>
    public void Read(IReadOnlyList<PropertyEntry> lines)
    {
        EnsembleOptions ensemble = options.Ensemble;
        QuorumConfiguration members = ensemble.DynamicFile is { } dynamic
            ? ReadDynamic(dynamic, lines)
            : Parse(file, lines);
        if (!IsEnsemble(members))
            return;

        if (ensemble.InitLimit == 0 || ensemble.SyncLimit == 0)
            throw Wrong($"a member of an ensemble needs {(ensemble.InitLimit == 0 ? "initLimit" : "syncLimit")}, in ticks");

        ensemble.MyId = ReadMyId();
        if (members.Find(ensemble.MyId) is not { } own)
            throw Wrong($"this server is number {ensemble.MyId}, by {MyIdFile}, but there is no server.{ensemble.MyId} in the list");
        if (options.ExtendedTypes && ensemble.MyId > LargestExtendedId)
            throw Wrong($"with extendedTypesEnabled a server's number must be at most {LargestExtendedId}, and this is {ensemble.MyId}");
        if (ensemble.PeerType is { } type && type != own.Role)
            warnings.Add($"{file}: peerType is {type}, but the list of members says {own.Role}, which counts");

        TakeClientAddress(own);
        ensemble.Members = members;
    }

    private string MyIdFile => Path.Combine(options.DataDirectory, "myid");

    private bool IsEnsemble(QuorumConfiguration members)
    {
        int voters = members.Members.Count(static member => member.IsParticipant);
        bool hasObservers = voters < members.Members.Count;
        if (voters == 0 && !options.Ensemble.AllowsStandalone)
            throw Wrong("with standaloneEnabled=no there must be a list of members with at least one participant");
        if (hasObservers && voters <= (options.Ensemble.AllowsStandalone ? 1 : 0))
            throw Wrong("there are observers, but too few participants to observe");
        if (voters == 0 || (voters == 1 && options.Ensemble.AllowsStandalone))
        {
            if (voters == 1)
                warnings.Add($"{file}: the list of members names one voter alone and is ignored: the server runs alone (standaloneEnabled)");
            return false;
        }

        if (members.Members.FirstOrDefault(static member => member.Addresses.Count > 1) is { } several)
            throw Wrong($"server.{several.Id} has more than one address, and multiAddress.enabled is not supported");
        if (voters <= 2)
            warnings.Add($"{file}: no failure of a server is tolerated with {voters} voters; it takes 3");
        else if (voters % 2 == 0)
            warnings.Add($"{file}: {voters} voters tolerate no more failures than {voters - 1}");
        return true;
    }

    private QuorumConfiguration ReadDynamic(string path, IReadOnlyList<PropertyEntry> lines)
    {
        if (lines.Count > 0)
            throw new ServerConfigurationException($"{file}:{lines[0].Line}: {lines[0].Key} belongs into the file that dynamicConfigFile names");

        IReadOnlyList<PropertyEntry> entries = JavaProperties.Parse(ReadText(path));
        foreach (PropertyEntry entry in entries)
        {
            if (entry.Key == "version" || !QuorumConfiguration.IsKey(entry.Key))
                throw new ServerConfigurationException($"{path}:{entry.Line}: {entry.Key} has no place here, but server, group and weight lines alone");
        }

        QuorumConfiguration members = Parse(path, entries);
        string ending = path[(path.LastIndexOf('.') + 1)..];
        return long.TryParse(ending, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long version) && version >= 0
            ? members.WithVersion(version)
            : members;
    }

    private static QuorumConfiguration Parse(string path, IReadOnlyList<PropertyEntry> entries)
    {
        try
        {
            QuorumConfiguration members = QuorumConfiguration.Parse(entries);
            _ = Quorum.Of(members);
            return members;
        }
        catch (QuorumConfigurationException e)
        {
            throw new ServerConfigurationException(e.Line > 0 ? $"{path}:{e.Line}: {e.Message}" : $"{path}: {e.Message}");
        }
    }

    private long ReadMyId()
    {
        string text = ReadText(MyIdFile).Split('\n')[0].Trim();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? id
            : throw Wrong($"{MyIdFile} must hold this server's number, and not '{text[..Math.Min(text.Length, 100)]}'");
    }

    /// <summary>The list of members may say where clients connect. Where the file says it too, it must say the same.</summary>
    private void TakeClientAddress(QuorumMember own)
    {
        if (own.ClientAddress is not { } address)
            return;

        if (options.PlainPort && options.Port != address.Port)
            throw Wrong($"clientPort is {options.Port}, but the list of members has clients of this server connect to {address}");
        options.PlainPort = true;
        options.Port = address.Port;
        if (address.IsWildcard)
            return;

        IPAddress resolved = ClientSettings.Resolve(address.Host) ?? throw Wrong($"there is no address for {address.Host}, where clients are to connect");
        if (!options.ListenAddress.Equals(IPAddress.IPv6Any) && !options.ListenAddress.Equals(IPAddress.Any) && !options.ListenAddress.Equals(resolved))
            throw Wrong($"clientPortAddress is {options.ListenAddress}, but the list of members has clients of this server connect to {address}");
        options.ListenAddress = resolved;
    }

    private string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Wrong($"a member of an ensemble needs '{path}', which cannot be read: {e.Message}");
        }
    }

    private ServerConfigurationException Wrong(string what) => new($"{file}: {what}");
}
