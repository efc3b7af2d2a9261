using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Who may do what: the schemes world, auth, digest, ip, x509 and sasl, and the identity that nothing is forbidden to.</summary>
internal static class AccessControl
{
    /// <summary>The scheme of an identity that passes every check.</summary>
    public const string SuperScheme = "super";

    /// <summary>The scheme of addresses.</summary>
    public const string IpScheme = "ip";

    /// <summary>The scheme of subjects of client certificates.</summary>
    public const string X509Scheme = "x509";

    /// <summary>The scheme of users who have proved themselves by an exchange.</summary>
    public const string SaslScheme = "sasl";

    private const string World = "world";
    private const string Auth = "auth";
    private const string Digest = "digest";
    private const string Anyone = "anyone";

    private static readonly Identity SaslSuper = new(SaslScheme, "super");

    /// <summary>Bytes of one access list; <c>auth</c> makes long ones out of short requests.</summary>
    private const int MaxList = 4 << 20;

    /// <summary>Whether one of the identities may do what is wanted.</summary>
    public static bool Allows(Acl[] acl, Permissions wanted, Identities identities)
    {
        if (ReferenceEquals(acl, AclTable.OpenList) || acl.Length == 0 || identities.PassesEverything)
            return true;

        foreach (Acl entry in acl)
        {
            if ((entry.Permissions & wanted) != Permissions.None && entry is { Scheme: World, Id: Anyone })
                return true;
        }

        foreach (Acl entry in acl)
        {
            if ((entry.Permissions & wanted) != Permissions.None && Names(acl, entry, wanted, identities))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Brings an access list into the form that is stored: no duplicates, <c>auth</c> replaced by the caller's own identities.
    /// </summary>
    /// <returns>The list, or null if the request's list is not valid.</returns>
    public static Acl[]? Normalize(IReadOnlyList<Acl>? requested, Identities identities)
    {
        if (requested is null || requested.Count == 0)
            return null;
        if (requested.Count == 1 && requested[0] == AclTable.OpenList[0])
            return AclTable.OpenList;

        var list = new List<Acl>(requested.Count);
        var seen = new HashSet<Acl>();
        long size = 0;
        for (int i = 0; i < requested.Count; i++)
        {
            int before = list.Count;
            if (seen.Add(requested[i]) && !Append(list, requested[i], identities))
                return null;
            while (before < list.Count)
                size += SizeOf(list[before++]);
            if (size > MaxList)
                return null;
        }

        return [.. list];
    }

    /// <summary>About how many bytes an access list takes in the log.</summary>
    public static long SizeOf(Acl[] acl)
    {
        long size = sizeof(int);
        foreach (Acl entry in acl)
            size += SizeOf(entry);
        return size;
    }

    /// <summary>Adds credentials to a connection.</summary>
    /// <returns>False if the scheme is unknown or refuses them.</returns>
    public static bool Authenticate(string? scheme, byte[]? credentials, Identities identities)
    {
        switch (scheme)
        {
            case IpScheme:
                return true;
            case Digest when identities.Rules.HasDigest && credentials is not null:
                return AuthenticateDigest(credentials, identities);
            case X509Scheme:
                // The certificate was proved when the connection began; there is nothing to add.
                return identities.HasScheme(X509Scheme);
            default:
                return false;
        }
    }

    /// <summary>The name that whoAmI shows: never the secret part.</summary>
    public static string UserOf(Identity identity) => identity.Scheme switch
    {
        IpScheme or X509Scheme or SaslScheme => identity.Id,
        Digest => UserPart(identity.Id),
        _ => "",
    };

    /// <summary>A list as shown to somebody without ADMIN: hashes of passwords are hidden.</summary>
    public static Acl[] Mask(Acl[] acl) => Array.ConvertAll(
        acl,
        static entry => entry.Scheme == Digest ? entry with { Id = UserPart(entry.Id ?? "") + ":x" } : entry);

    private static string UserPart(string id)
    {
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? id : id[..colon];
    }

    private static long SizeOf(Acl entry) => (3 * sizeof(int)) + (3L * ((entry.Scheme?.Length ?? 0) + (entry.Id?.Length ?? 0)));

    private static bool AuthenticateDigest(byte[] credentials, Identities identities)
    {
        string id = DigestIdentity.Create(credentials, identities.Rules.DigestAlgorithm);
        bool fits = !identities.Rules.IsSuperDigest(id) || identities.Add(new Identity(SuperScheme, ""));
        return fits && identities.Add(new Identity(Digest, id));
    }

    /// <summary>Whether an entry speaks of one of the identities; of addresses, whether any entry of the list does.</summary>
    private static bool Names(Acl[] list, Acl entry, Permissions wanted, Identities identities)
    {
        if (entry.Scheme == IpScheme)
            return (identities.GrantedToAddress(list) & wanted) != Permissions.None;
        if (entry is not { Scheme: { } scheme, Id: { } id })
            return false;

        // As Apache: the user super of SASL is everybody of that scheme.
        return identities.Contains(new Identity(scheme, id)) || (scheme == SaslScheme && identities.Contains(SaslSuper));
    }

    private static bool Append(List<Acl> list, Acl entry, Identities identities)
    {
        switch (entry.Scheme)
        {
            case World when entry.Id == Anyone:
            case IpScheme when AddressRange.IsValid(entry.Id):
            case Digest when identities.Rules.HasDigest && IsDigestId(entry.Id):
            case X509Scheme when identities.Rules.HasX509 && DistinguishedNameText.IsValid(entry.Id):
            case SaslScheme when identities.Rules.HasSasl && IsSaslId(entry.Id):
                list.Add(entry);
                return true;
            case Auth:
                return AppendOwn(list, entry.Permissions, identities);
            default:
                return false;
        }
    }

    /// <summary>Only identities that somebody has proved count: an address is where a caller is, not who it is.</summary>
    private static bool AppendOwn(List<Acl> list, Permissions permissions, Identities identities)
    {
        bool any = false;
        for (int i = 0; i < identities.Count; i++)
        {
            if (identities[i].Scheme is not (Digest or X509Scheme or SaslScheme))
                continue;
            list.Add(new Acl(permissions, identities[i].Scheme, identities[i].Id));
            any = true;
        }

        return any;
    }

    /// <summary>Any name, but with a realm no more than <c>user/host@realm</c>.</summary>
    private static bool IsSaslId(string? id)
    {
        if (id is null)
            return false;

        int realm = id.IndexOf('@', StringComparison.Ordinal);
        return realm < 0 || (!id.AsSpan(realm + 1).ContainsAny('/', '@') && id.AsSpan(0, realm).Count('/') <= 1);
    }

    /// <summary>As Java's <c>split(":")</c> sees it: two parts, where empty parts at the end do not count.</summary>
    private static bool IsDigestId(string? id)
    {
        if (id is null)
            return false;

        string trimmed = id.TrimEnd(':');
        return trimmed.Length > 0 && trimmed.Split(':').Length == 2;
    }
}
