using System.Security.Cryptography;

namespace Coordination.Server.Operations;

/// <summary>What an operator has decided about identities; the same for all connections of a server.</summary>
internal sealed record AccessRules
{
    /// <summary>The rules of a server that was told nothing.</summary>
    public static readonly AccessRules Default = new();

    /// <summary>Whether access lists are stored and shown but not asked (<c>skipACL</c>).</summary>
    public bool SkipsLists { get; init; }

    /// <summary>Whether the scheme digest exists (<c>DigestAuthenticationProvider.enabled</c>).</summary>
    public bool HasDigest { get; init; } = true;

    /// <summary>How the scheme digest hashes (<c>DigestAuthenticationProvider.digestAlg</c>).</summary>
    public HashAlgorithmName DigestAlgorithm { get; init; } = HashAlgorithmName.SHA1;

    /// <summary>The digest identity that nothing is forbidden to (<c>DigestAuthenticationProvider.superDigest</c>); null: nobody.</summary>
    public string? SuperDigest { get; init; }

    /// <summary>Whether the scheme sasl exists (<c>authProvider.1</c>).</summary>
    public bool HasSasl { get; init; }

    /// <summary>Who can prove an identity of it; null: nobody, and tokens are answered with none.</summary>
    public SaslUsers? Sasl { get; init; }

    /// <summary>Whether the scheme x509 exists: there is a port with TLS.</summary>
    public bool HasX509 { get; init; }

    /// <summary>The subject that nothing is forbidden to (<c>X509AuthenticationProvider.superUser</c>); null: nobody.</summary>
    public string? SuperSubject { get; init; }

    /// <summary>One of these schemes is needed for anything but authentication (<c>enforce.auth.schemes</c>); empty: none is.</summary>
    public IReadOnlyList<string> RequiredSchemes { get; init; } = [];

    /// <summary>Whether a digest identity is the super user's. In constant time: nobody shall find it out piece by piece.</summary>
    public bool IsSuperDigest(string id) => SuperDigest is not null && CryptographicOperations.FixedTimeEquals(
        System.Text.Encoding.UTF8.GetBytes(SuperDigest), System.Text.Encoding.UTF8.GetBytes(id));

    /// <summary>The record would print what it holds.</summary>
    public override string ToString() => nameof(AccessRules);
}
