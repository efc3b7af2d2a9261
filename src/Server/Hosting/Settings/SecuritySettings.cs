using System.Security.Cryptography;

namespace Coordination.Server.Hosting.Settings;

/// <summary>Who may be whom, and who may do everything.</summary>
internal static class SecuritySettings
{
    private const string SaslProvider = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider";

    /// <summary>By Java's names; the first of each hash is shown.</summary>
    private static readonly (string Name, HashAlgorithmName Hash)[] Hashes =
    [
        ("SHA1", HashAlgorithmName.SHA1),
        ("SHA-1", HashAlgorithmName.SHA1),
        ("SHA-256", HashAlgorithmName.SHA256),
        ("SHA-384", HashAlgorithmName.SHA384),
        ("SHA-512", HashAlgorithmName.SHA512),
        ("SHA3-256", HashAlgorithmName.SHA3_256),
        ("SHA3-384", HashAlgorithmName.SHA3_384),
        ("SHA3-512", HashAlgorithmName.SHA3_512),
        ("MD5", HashAlgorithmName.MD5),
    ];

    public static SettingGroup Access { get; } = new("Access and authentication",
    [
        new()
        {
            Key = "skipACL",
            Range = "yes or no",
            Meaning = "`yes`: access lists are not asked; warned at every start",
            Accepts = static text => text is "yes" or "no" or "false",
            Apply = static (options, text) => options.Security.SkipAccessLists = text == "yes",
            Show = static options => options.Security.SkipAccessLists ? "yes" : "no",
        },
        Setting.Switch("DigestAuthenticationProvider.enabled", o => o.Security.DigestEnabled, (o, v) => o.Security.DigestEnabled = v,
            "`no`: there is no scheme `digest`"),
        new()
        {
            Key = "DigestAuthenticationProvider.digestAlg",
            Range = string.Join(", ", Hashes.Select(static hash => hash.Name)),
            Meaning = "the hash of the scheme `digest`",
            Accepts = static text => Array.Exists(Hashes, hash => hash.Name == text && CryptographicOperationsSupport(hash.Hash)),
            Apply = static (options, text) => options.Security.DigestAlgorithm = Array.Find(Hashes, hash => hash.Name == text).Hash,
            Show = static options => Array.Find(Hashes, hash => hash.Hash == options.Security.DigestAlgorithm).Name,
        },
        Setting.Secret("DigestAuthenticationProvider.superDigest", o => o.Security.SuperDigest, (o, v) => o.Security.SuperDigest = v,
            "the user nothing is forbidden to, as `user:hash`"),
        Setting.Optional("X509AuthenticationProvider.superUser", o => o.Security.SuperSubject, (o, v) => o.Security.SuperSubject = v,
            "the subject of the client certificate that nothing is forbidden to, in the form of RFC 2253"),
        Setting.Switch("enforce.auth.enabled", o => o.Security.EnforceAuthentication, (o, v) => o.Security.EnforceAuthentication = v,
            "whether a client must authenticate before it may do anything"),
        new()
        {
            Key = "enforce.auth.schemes",
            Range = "schemes separated by commas: digest, x509, sasl, ip",
            Meaning = "one of them is needed then",
            Accepts = static _ => true,
            Apply = static (options, text) => options.Security.EnforcedSchemes =
                [.. text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            Show = static options => string.Join(',', options.Security.EnforcedSchemes),
        },
        new()
        {
            Key = "authProvider.1",
            Aliases = ["authProvider.sasl"],
            Range = SaslProvider,
            Meaning = "access lists may name users of the scheme `sasl`",
            Accepts = static text => text is SaslProvider or "",
            Apply = static (options, text) => options.Security.SaslEnabled = text.Length > 0,
            Show = static options => options.Security.SaslEnabled ? SaslProvider : "",
        },
        Setting.Optional("java.security.auth.login.config", o => o.Security.JaasFile, (o, v) => o.Security.JaasFile = v,
            "a JAAS file: its section `Server` names users and passwords for SASL with DIGEST-MD5"),
        Setting.Switch("sessionRequireClientSASLAuth", o => o.Security.RequireSasl, (o, v) => o.Security.RequireSasl = v,
            "whether a client must authenticate by SASL before it may do anything; `enforce.auth.*` is not asked then"),
        Setting.Optional("coordination.ensembleSecretFile", o => o.Security.EnsembleSecretFile, (o, v) => o.Security.EnsembleSecretFile = v,
            "a file with a secret of 16 to 4096 bytes, mode 0600: session passwords are made from it and cannot be guessed")
            with { Default = "none: Apache's passwords; embedded `ensemble.secret` in `dataDir`, made if it is missing" },
    ]);

    private static bool CryptographicOperationsSupport(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA3-256" => SHA3_256.IsSupported,
        "SHA3-384" => SHA3_384.IsSupported,
        "SHA3-512" => SHA3_512.IsSupported,
        _ => true,
    };
}
