using System.Security.Cryptography;
using Coordination.Server.Operations;

namespace Coordination.Server;

/// <summary>Who may be whom, and who may do everything.</summary>
public sealed class ServerSecurityOptions
{
    /// <summary>
    /// The digest identity that nothing is forbidden to, as <c>user:hash</c> (<c>DigestAuthenticationProvider.superDigest</c>); null: nobody.
    /// </summary>
    public string? SuperDigest { get; set; }

    /// <summary>Whether clients may authenticate by user and password (<c>DigestAuthenticationProvider.enabled</c>).</summary>
    public bool DigestEnabled { get; set; } = true;

    /// <summary>The hash of digest identities (<c>DigestAuthenticationProvider.digestAlg</c>).</summary>
    public HashAlgorithmName DigestAlgorithm { get; set; } = HashAlgorithmName.SHA1;

    /// <summary>
    /// The subject of the client certificate that nothing is forbidden to, in the form of RFC 2253 (<c>X509AuthenticationProvider.superUser</c>);
    /// null: nobody.
    /// </summary>
    public string? SuperSubject { get; set; }

    /// <summary>Whether access lists are stored and shown, but not asked (<c>skipACL</c>). Then everybody may do everything.</summary>
    public bool SkipAccessLists { get; set; }

    /// <summary>Whether a client must authenticate before it may do anything (<c>enforce.auth.enabled</c>).</summary>
    public bool EnforceAuthentication { get; set; }

    /// <summary>The schemes of which one is needed if <see cref="EnforceAuthentication"/> (<c>enforce.auth.schemes</c>).</summary>
    public IReadOnlyList<string> EnforcedSchemes { get; set; } = [];

    /// <summary>
    /// A file with the secret that session passwords are made from (<c>coordination.ensembleSecretFile</c>), readable by its owner alone.
    /// Null: passwords are Apache's, which anybody can compute from the session's id.
    /// </summary>
    public string? EnsembleSecretFile { get; set; }

    /// <summary>Whether a missing <see cref="EnsembleSecretFile"/> is made, with a random secret.</summary>
    public bool CreateEnsembleSecret { get; set; }

    internal AccessRules ToRules(bool hasX509) => new()
    {
        SkipsLists = SkipAccessLists,
        HasDigest = DigestEnabled,
        DigestAlgorithm = DigestAlgorithm,
        SuperDigest = SuperDigest,
        HasX509 = hasX509,
        SuperSubject = hasX509 ? SuperSubject : null,
        RequiredSchemes = EnforceAuthentication ? EnforcedSchemes : [],
    };

    /// <returns>What is wrong, or null.</returns>
    internal string? Violation(bool hasX509)
    {
        if (!EnforceAuthentication)
            return null;
        if (EnforcedSchemes.Count == 0)
            return "enforce.auth.enabled wants enforce.auth.schemes";

        string? unknown = EnforcedSchemes.FirstOrDefault(scheme => scheme switch
        {
            "ip" => false,
            "digest" => !DigestEnabled,
            "x509" => !hasX509,
            _ => true,
        });
        return unknown is null ? null : $"enforce.auth.schemes names '{unknown}', which no client can authenticate with here";
    }
}
