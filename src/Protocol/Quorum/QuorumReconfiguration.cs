using System.Globalization;
using System.Net;

namespace Coordination.Protocol;

/// <summary>
/// What a <see cref="ReconfigRequest"/> makes of a configuration. It knows the text only: whether enough voters remain, and whether enough of
/// them are connected, the leader asks.
/// </summary>
public static class QuorumReconfiguration
{
    /// <summary>Applies a request. New members stand instead of all old ones; otherwise servers leave first, then others join or change.</summary>
    /// <param name="current">The configuration in force.</param>
    /// <param name="request">The request; its lists are separated by commas.</param>
    /// <param name="version">The version of what comes out.</param>
    /// <returns>The new configuration.</returns>
    /// <exception cref="QuorumConfigurationException">The request makes no configuration; to a client that is <see cref="ErrorCode.BadArguments"/>.</exception>
    public static QuorumConfiguration Apply(QuorumConfiguration current, in ReconfigRequest request, long version)
    {
        if (request.NewMembers is { } members)
            return QuorumConfiguration.Parse(members.Replace(',', '\n')).WithVersion(version);
        if (current.IsHierarchical)
            throw Invalid("servers can leave and join one by one only where the majority decides; with groups, name all members anew");

        Dictionary<long, QuorumMember> next = current.Members.ToDictionary(member => member.Id);
        foreach (string leaving in Split(request.LeavingServers))
            next.Remove(Number(leaving));
        foreach (string joining in Split(request.JoiningServers))
        {
            QuorumMember member = ParseJoining(joining);
            foreach (QuorumMember other in next.Values)
                RequireOwnAddresses(member, other);
            next[member.Id] = member;
        }

        return new QuorumConfiguration(next.Values, version);
    }

    private static QuorumMember ParseJoining(string text)
    {
        string[] parts = text.Split('=', StringSplitOptions.TrimEntries);
        if (parts.Length != 2)
            throw Invalid($"'{text}' is not of the form server.N=...");

        try
        {
            QuorumMember member = QuorumMember.Parse(Number(parts[0][(parts[0].LastIndexOf('.') + 1)..]), parts[1]);
            return member.ClientAddress is null ? throw Invalid($"'{text}' has no client port, which a joining server must have") : member;
        }
        catch (FormatException error) when (error is not QuorumConfigurationException)
        {
            throw Invalid($"'{text}' is wrong: {error.Message}");
        }
    }

    private static void RequireOwnAddresses(QuorumMember member, QuorumMember other)
    {
        if (member.Id == other.Id)
            return;

        foreach (HostPort address in AddressesOf(member).Where(address => !IsLocal(address.Host)).Intersect(AddressesOf(other)))
            throw Invalid($"{address} of server {member.Id} is an address of server {other.Id} too");
    }

    private static IEnumerable<HostPort> AddressesOf(QuorumMember member)
    {
        IEnumerable<HostPort> addresses = member.Addresses.SelectMany(address => new[] { address.Quorum, address.Election });
        return member.ClientAddress is { } client ? addresses.Append(client) : addresses;
    }

    /// <summary>An address that means another machine on each machine cannot clash.</summary>
    private static bool IsLocal(string host) =>
        host == "localhost"
        || (IPAddress.TryParse(host, out IPAddress? address)
            && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    private static string[] Split(string? list) =>
        list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : throw Invalid($"'{text}' is no number of a server");

    private static QuorumConfigurationException Invalid(string detail) => new(0, $"The configuration cannot be changed: {detail}.");
}
