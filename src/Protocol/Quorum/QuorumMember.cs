using System.Globalization;

namespace Coordination.Protocol;

/// <summary>What a member of an ensemble is for.</summary>
public enum QuorumRole
{
    /// <summary>It votes, may lead, and its acknowledgements count.</summary>
    Participant,

    /// <summary>It hears what was decided and serves clients.</summary>
    Observer,
}

/// <summary>One of the addresses under which a member is reached by the others.</summary>
/// <param name="Host">See <see cref="HostPort.Host"/>.</param>
/// <param name="QuorumPort">Where it listens for learners while it leads.</param>
/// <param name="ElectionPort">Where it listens for election connections.</param>
public readonly record struct QuorumAddress(string Host, int QuorumPort, int ElectionPort)
{
    /// <summary>Where it listens for learners while it leads.</summary>
    public HostPort Quorum => new(Host, QuorumPort);

    /// <summary>Where it listens for election connections.</summary>
    public HostPort Election => new(Host, ElectionPort);

    /// <summary>The form in which it stands in configurations.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{HostPort.Bracketed(Host)}:{QuorumPort}:{ElectionPort}");
}

/// <summary>A line <c>server.N</c> of a configuration. Two members are equal if everything in it says the same; names are not resolved.</summary>
public sealed class QuorumMember : IEquatable<QuorumMember>
{
    private readonly QuorumAddress[] _addresses;

    /// <summary>Makes a member.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="addresses">At least one; kept in the order of their hosts, as Apache writes them.</param>
    /// <param name="clientAddress">Where clients connect; null where its own static file says so.</param>
    public QuorumMember(long id, QuorumRole role, IEnumerable<QuorumAddress> addresses, HostPort? clientAddress)
    {
        Id = id;
        Role = role;
        _addresses = [.. addresses.OrderBy(address => address.Host, StringComparer.Ordinal)];
        ArgumentOutOfRangeException.ThrowIfZero(_addresses.Length, nameof(addresses));
        ClientAddress = clientAddress;
    }

    /// <summary>Its number.</summary>
    public long Id { get; }

    /// <summary>What it is for.</summary>
    public QuorumRole Role { get; }

    /// <summary>Where it is reached; more than one only with Apache's <c>multiAddress.enabled</c>.</summary>
    public IReadOnlyList<QuorumAddress> Addresses => _addresses;

    /// <summary>Where clients connect; null where its own static file says so.</summary>
    public HostPort? ClientAddress { get; }

    /// <summary>Whether it votes.</summary>
    public bool IsParticipant => Role == QuorumRole.Participant;

    /// <summary>Reads what stands behind <c>server.N=</c>.</summary>
    /// <param name="id">N.</param>
    /// <param name="text"><c>host:quorumPort:electionPort[:role]</c>, more of them behind <c>|</c>, then <c>;[clientHost:]clientPort</c>.</param>
    /// <returns>The member.</returns>
    /// <exception cref="FormatException">The text is not of that form; the message says why.</exception>
    public static QuorumMember Parse(long id, string text)
    {
        string[] parts = text.Split(';');
        if (parts.Length > 2)
            throw new FormatException("there is more than one client address; a third part is known only to servers from 3.10 on");

        QuorumRole? role = null;
        string[] servers = parts[0].Split('|');
        var addresses = new QuorumAddress[servers.Length];
        for (int i = 0; i < servers.Length; i++)
        {
            addresses[i] = ParseAddress(servers[i], out QuorumRole? own);
            if (own is not null && role is not null && own != role)
                throw new FormatException("its addresses have different roles");
            role = own ?? role;
        }

        return new QuorumMember(id, role ?? QuorumRole.Participant, addresses, parts.Length == 2 ? ParseClient(parts[1]) : null);
    }

    /// <inheritdoc/>
    public bool Equals(QuorumMember? other) =>
        other is not null && Id == other.Id && Role == other.Role && ClientAddress == other.ClientAddress
        && _addresses.AsSpan().SequenceEqual(other._addresses);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as QuorumMember);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Role, ClientAddress, _addresses[0]);

    /// <summary>What stands behind <c>server.N=</c>, as Apache writes it: always with the role.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string role = IsParticipant ? "participant" : "observer";
        string client = ClientAddress is { } address ? $";{address}" : "";
        return $"{string.Join('|', _addresses)}:{role}{client}";
    }

    private static QuorumAddress ParseAddress(string text, out QuorumRole? role)
    {
        role = null;
        if (!HostPort.TrySplit(text, out string host, out string[] rest) || host.Length == 0 || rest.Length is < 2 or > 3)
            throw new FormatException($"'{text}' is not of the form host:quorumPort:electionPort[:role]");
        if (!HostPort.TryParsePort(rest[0], out int quorum) || !HostPort.TryParsePort(rest[1], out int election))
            throw new FormatException($"'{text}' has a port that is none");
        if (quorum == election)
            throw new FormatException($"'{text}' has the same port for quorum and election");
        if (rest.Length == 3)
            role = ParseRole(rest[2]);
        return new QuorumAddress(host, quorum, election);
    }

    private static QuorumRole ParseRole(string text) =>
        text.Trim().Equals("participant", StringComparison.OrdinalIgnoreCase) ? QuorumRole.Participant
        : text.Trim().Equals("observer", StringComparison.OrdinalIgnoreCase) ? QuorumRole.Observer
        : throw new FormatException($"'{text}' is no role; there are participant and observer");

    private static HostPort ParseClient(string text)
    {
        if (HostPort.TryParsePort(text, out int port))
            return new HostPort("0.0.0.0", port);
        return HostPort.TryParse(text, out HostPort address)
            ? address
            : throw new FormatException($"'{text}' is not of the form [clientHost:]clientPort");
    }
}
