namespace Coordination.Server.Hosting.Settings;

/// <summary>Keys that stop the start: to ignore them could leave the server open, or the data other than the operator believes.</summary>
internal static class RefusedSettings
{
    private const string Members = "the members of an ensemble stand in the configuration file";
    private const string Tls = "this choice of TLS is not built, and ignoring it could leave the server open";
    private const string Java = "there is no Java to obey it, and ignoring it could leave the server open; "
        + "ssl.crl has certificates checked for revocation, other choices of TLS are made by ssl.*";
    private const string Names = "an address is never asked for its name: whoever owns the address would answer (CVE-2026-24281)";
    private const string Sasl = "of SASL there is DIGEST-MD5 for clients alone, and ignoring this choice could leave the server open";

    /// <summary>The first that covers a key is meant.</summary>
    public static IReadOnlyList<UnsupportedSetting> Table { get; } =
    [
        new("server.*", Members),
        new("group*", Members),
        new("weight*", Members),
        new("oraclePath", "the two-node oracle is not supported"),
        new("sslQuorum*", "TLS between servers is not built yet, and ignoring it would leave it open"),
        new("ssl.quorum.*", "TLS between servers is not built yet, and ignoring it would leave it open"),
        new("ssl.allowReverseDnsLookup", Names),
        new("ssl.sslProvider", "there is one implementation of TLS", "JDK,OPENSSL"),
        new("ssl.*", Tls),
        new("com.sun.net.ssl.checkRevocation", Java),
        new("com.sun.security.*", Java),
        new("ocsp.*", Java),
        new("jdk.tls.rejectClientInitiatedRenegotiation", "no client may renegotiate", "true"),
        new("jdk.tls.*", Java),
        new("javax.net.ssl.*", Java),
        new("portUnification", "TLS between servers is not built yet, and ignoring it would leave it open"),
        new("X509AuthenticationProvider.*", Tls),
        new("X509ZNodeGroupAclProvider.*", Tls),
        new("quorum.auth.*", Sasl),
        new("requireClientAuthScheme", Sasl),
        new("allowSaslFailedClients", Sasl),
        new("letAnySaslUserDoX", Sasl),
        new("SASLAuthenticationProvider.*", Sasl),
        new("sasl.serverconfig", Sasl),
        new("superUser", Sasl),
        new("jaasLoginRenew", Sasl),
        new("kerberos.*", Sasl),
        new("requireKerberosConfig", Sasl),
        new("security.auth_to_local", Sasl),
        new("authProvider.*", "there is one authentication plug-in, that of authProvider.1, and ignoring them would leave the server open"),
        new("ensembleAuthName", "the authentication of ensembles by name is not built yet, and ignoring it would leave the server open"),
        new("IPAuthenticationProvider.usexforwardedfor", "the server speaks no HTTP; addresses are those of the connections"),
        new("DigestAuthenticationProvider.*", "the scheme digest has no such choice here, and ignoring it could leave the server open"),
        new("audit.enable", "the audit log is not built yet"),
        new("snapshot.compression.method", "snapshots are written uncompressed, and of compressed ones .gz alone is read"),
        new("snapshot.trust.empty", "a log without a snapshot is refused: nobody can tell what is missing"),
        new("emulate353TTLNodes", "times to live in the form of 3.5.3 are not read; let an Apache server expire those znodes first"),
        new("testingonly.*", "it is for Apache's own tests"),
        new("test.*", "it is for Apache's own tests"),
    ];
}
