using System.Security.Cryptography;
using Coordination.Server.Hosting;
using Coordination.Server.Operations;

namespace Coordination.Server;

/// <summary>Who may be whom, and who may do everything.</summary>
public sealed class ServerSecurityOptions
{
    private const int SeedLength = 32;

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

    /// <summary>
    /// Whether access lists may name users of SASL (<c>authProvider.1</c>). True also if there are <see cref="SaslUsers"/>.
    /// </summary>
    public bool SaslEnabled { get; set; }

    /// <summary>
    /// A JAAS file whose section <c>Server</c> names the users who may authenticate by SASL with DIGEST-MD5, with their passwords
    /// (<c>java.security.auth.login.config</c>); null: none.
    /// </summary>
    public string? JaasFile { get; set; }

    /// <summary>Passwords by user, for SASL with DIGEST-MD5, beside those of <see cref="JaasFile"/>; these win.</summary>
    public IDictionary<string, string> SaslUsers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether access lists are stored and shown, but not asked (<c>skipACL</c>). Then everybody may do everything.</summary>
    public bool SkipAccessLists { get; set; }

    /// <summary>Whether a client must authenticate before it may do anything (<c>enforce.auth.enabled</c>).</summary>
    public bool EnforceAuthentication { get; set; }

    /// <summary>The schemes of which one is needed if <see cref="EnforceAuthentication"/> (<c>enforce.auth.schemes</c>).</summary>
    public IReadOnlyList<string> EnforcedSchemes { get; set; } = [];

    /// <summary>
    /// Whether a client must authenticate by SASL before it may do anything (<c>sessionRequireClientSASLAuth</c>). Then
    /// <see cref="EnforceAuthentication"/> and its schemes are not asked.
    /// </summary>
    public bool RequireSasl { get; set; }

    /// <summary>
    /// A file with the secret that session passwords are made from (<c>coordination.ensembleSecretFile</c>), readable by its owner alone.
    /// Null: passwords are Apache's, which anybody can compute from the session's id.
    /// </summary>
    public string? EnsembleSecretFile { get; set; }

    /// <summary>Whether a missing <see cref="EnsembleSecretFile"/> is made, with a random secret.</summary>
    public bool CreateEnsembleSecret { get; set; }

    private bool HasSasl => SaslEnabled || SaslUsers.Count > 0;

    /// <exception cref="ServerConfigurationException">The JAAS file cannot be used.</exception>
    internal AccessRules ToRules(bool hasX509) => new()
    {
        HasSasl = HasSasl,
        Sasl = Users(),
        SkipsLists = SkipAccessLists,
        HasDigest = DigestEnabled,
        DigestAlgorithm = DigestAlgorithm,
        SuperDigest = SuperDigest,
        HasX509 = hasX509,
        SuperSubject = hasX509 ? SuperSubject : null,
        RequiredSchemes = RequireSasl ? [AccessControl.SaslScheme] : EnforceAuthentication ? EnforcedSchemes : [],
    };

    private SaslUsers? Users()
    {
        Dictionary<string, string> users = JaasFile is null ? [] : JaasConfiguration.Users(JaasFile);
        foreach ((string user, string password) in SaslUsers)
            users[user] = password;
        return users.Count == 0 ? null : new SaslUsers(users, RandomNumberGenerator.GetBytes(SeedLength));
    }

    /// <returns>What is wrong, or null.</returns>
    internal string? Violation(bool hasX509)
    {
        if (SaslUsers.Any(static user => user.Key.Length == 0 || user.Key.Contains('@', StringComparison.Ordinal) || user.Value is null))
            return "a user of SASL has an empty name, one with '@', or no password";
        if (RequireSasl && !HasSasl)
            return "sessionRequireClientSASLAuth wants authProvider.1";
        if (!EnforceAuthentication || RequireSasl)
            return null;
        if (EnforcedSchemes.Count == 0)
            return "enforce.auth.enabled wants enforce.auth.schemes";

        string? unknown = EnforcedSchemes.FirstOrDefault(scheme => scheme switch
        {
            "ip" => false,
            "digest" => !DigestEnabled,
            "x509" => !hasX509,
            AccessControl.SaslScheme => !HasSasl,
            _ => true,
        });
        return unknown is null ? null : $"enforce.auth.schemes names '{unknown}', which no client can authenticate with here";
    }
}
