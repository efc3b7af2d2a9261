using System.Net;
using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>One identity of a connection.</summary>
/// <param name="Scheme">For example <c>digest</c>.</param>
/// <param name="Id">In the scheme's own form.</param>
internal readonly record struct Identity(string Scheme, string Id);

/// <summary>Who a connection has proved to be, under the rules of its server. The first identity is its address.</summary>
internal sealed class Identities
{
    /// <summary>Characters of all identities of one connection; they are kept as long as it lives.</summary>
    private const int MaxCharacters = 64 << 10;

    /// <summary>More identities than this are looked up by hash: list and identities may both be long, and every read compares them.</summary>
    private const int FewEnoughToCompare = 8;

    private Identity[] _list;
    private HashSet<Identity>? _set;
    private byte[]? _address;
    private Acl[]? _askedList;
    private Permissions _granted;

    /// <summary>A new connection.</summary>
    /// <param name="rules">The server's.</param>
    /// <param name="address">Where the connection comes from.</param>
    /// <param name="certificateSubject">The subject of the client certificate that was verified, in the form of RFC 2253; null: there is none.</param>
    public Identities(AccessRules rules, IPAddress address, string? certificateSubject = null)
    {
        Rules = rules;
        Identity first = new(AccessControl.IpScheme, AddressRange.TextOf(address));
        _list = [first];
        Judge(first);
        if (certificateSubject is null)
            return;

        if (certificateSubject == rules.SuperSubject)
            Add(new Identity(AccessControl.SuperScheme, certificateSubject));
        Add(new Identity(AccessControl.X509Scheme, certificateSubject));
    }

    private Identities(AccessRules rules, Identity[] list)
    {
        Rules = rules;
        _list = list;
        if (list.Length > FewEnoughToCompare)
            _set = [.. list];
        foreach (Identity identity in list)
            Judge(identity);
    }

    /// <summary>The rules of the server.</summary>
    public AccessRules Rules { get; }

    /// <summary>How many there are.</summary>
    public int Count => _list.Length;

    /// <summary>Whether no access list is asked.</summary>
    public bool PassesEverything { get; private set; }

    /// <summary>Whether the connection may do anything beside authenticating itself.</summary>
    public bool IsAdmitted { get; private set; }

    /// <summary>In the order in which they were proved.</summary>
    public Identity this[int index] => _list[index];

    /// <summary>Who a client of another server has proved to be there.</summary>
    /// <param name="rules">The rules of this server.</param>
    /// <param name="proved">What the other server says; null where nobody asks but the server itself.</param>
    public static Identities Proved(AccessRules rules, IReadOnlyList<AuthId>? proved)
    {
        var list = new Identity[proved?.Count ?? 0];
        for (int i = 0; i < list.Length; i++)
            list[i] = new Identity(proved![i].Scheme ?? "", proved[i].Id ?? "");
        return new Identities(rules, list);
    }

    /// <summary>For a leader.</summary>
    public AuthId[] ToAuthIds() => Array.ConvertAll(_list, static identity => new AuthId(identity.Scheme, identity.Id));

    /// <summary>Whether an identity of a scheme is among them.</summary>
    public bool HasScheme(string scheme) => Array.Exists(_list, identity => identity.Scheme == scheme);

    /// <summary>Whether an identity is among them.</summary>
    public bool Contains(Identity wanted) => _set?.Contains(wanted) ?? Array.IndexOf(_list, wanted) >= 0;

    /// <summary>
    /// What the entries of a list for addresses grant to this one. A list is stored once and neither it nor the address ever changes, so what
    /// was found for the list asked last is kept: its entries are texts that would be read anew for every request.
    /// </summary>
    public Permissions GrantedToAddress(Acl[] list)
    {
        if (ReferenceEquals(list, _askedList))
            return _granted;

        _address ??= AddressRange.BytesOf(_list[0].Id);
        _granted = Permissions.None;
        foreach (Acl entry in list)
        {
            if (entry.Scheme == AccessControl.IpScheme && AddressRange.Contains(entry.Id, _address))
                _granted |= entry.Permissions;
        }

        _askedList = list;
        return _granted;
    }

    /// <summary>Adds an identity, unless it is there already.</summary>
    /// <returns>False if the connection has too many.</returns>
    public bool Add(Identity added)
    {
        int size = added.Id.Length;
        foreach (Identity identity in _list)
        {
            if (identity == added)
                return true;
            size += identity.Id.Length;
        }

        if (size > MaxCharacters)
            return false;

        Array.Resize(ref _list, _list.Length + 1);
        _list[^1] = added;
        if (_set is not null)
            _set.Add(added);
        else if (_list.Length > FewEnoughToCompare)
            _set = [.. _list];
        Judge(added);
        return true;
    }

    private void Judge(Identity added)
    {
        PassesEverything |= Rules.SkipsLists || added.Scheme == AccessControl.SuperScheme;
        IsAdmitted |= Rules.RequiredSchemes.Count == 0 || Rules.RequiredSchemes.Contains(added.Scheme);
    }
}
