using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>
/// Where servers are to be looked for: where they say themselves, then by the committed configuration, then by the last one seen. Names
/// are resolved at every attempt (ZOOKEEPER-4220). Immutable.
/// </summary>
internal sealed class ElectionAddressBook(QuorumConfiguration? committed = null, QuorumConfiguration? lastSeen = null)
{
    private const int MaxAddresses = 16;

    /// <summary>All members.</summary>
    public IEnumerable<long> Members => MembersOf(committed).Union(MembersOf(lastSeen));

    /// <summary>Where a server may be, in the order in which to look.</summary>
    public IReadOnlyList<HostPort> Find(long server, IReadOnlyList<HostPort>? told) =>
        [.. (told ?? []).Concat(AddressesIn(committed, server)).Concat(AddressesIn(lastSeen, server)).Distinct().Take(MaxAddresses)];

    /// <summary>What this server tells others about itself; null if nothing that could be of use to them.</summary>
    public HostPort? Own(long myId) => AddressesIn(committed, myId).Concat(AddressesIn(lastSeen, myId))
        .Where(static address => !address.IsWildcard && address.Port > 0).Select(static address => (HostPort?)address).FirstOrDefault();

    /// <summary>Asks for the addresses of a name.</summary>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
            return [address];

        try
        {
            return [.. (await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false)).Take(MaxAddresses)];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private static IEnumerable<long> MembersOf(QuorumConfiguration? configuration) => configuration?.Members.Select(static member => member.Id) ?? [];

    private static IEnumerable<HostPort> AddressesIn(QuorumConfiguration? configuration, long server) =>
        configuration?.Find(server)?.Addresses.Select(static address => address.Election) ?? [];
}
