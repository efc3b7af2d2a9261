using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Coordination.Server;

/// <summary>Whether clients must show a certificate (<c>ssl.clientAuth</c>).</summary>
public enum ClientCertificates
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They are asked; one that is shown must be good, none is fine too.</summary>
    Want,

    /// <summary>Without a good one there is no connection.</summary>
    Need,
}

/// <summary>A file of certificates, with or without keys.</summary>
public sealed class CertificateStoreFile
{
    /// <summary>Where it is (<c>.location</c>).</summary>
    public string? Location { get; set; }

    /// <summary>What opens it (<c>.password</c>); null or empty if nothing is needed.</summary>
    public string? Password { get; set; }

    /// <summary>A file with the password (<c>.passwordPath</c>); counts more than <see cref="Password"/>.</summary>
    public string? PasswordPath { get; set; }

    /// <summary><c>PEM</c>, <c>PKCS12</c> or <c>JKS</c> (<c>.type</c>); null: by the ending of the name.</summary>
    public string? Type { get; set; }
}

/// <summary>
/// Connections through TLS. Off unless <see cref="Port"/> is given or <see cref="OnClientPort"/> is set; then a certificate is needed, from
/// <see cref="Certificate"/> or <see cref="KeyStore"/>.
/// </summary>
public sealed class ServerTlsOptions
{
    internal const int DefaultMaxHandshakes = 250;

    private SslProtocols? _protocols;

    /// <summary>The port on which nothing but TLS is spoken (<c>secureClientPort</c>); 0 takes a free one, null is none.</summary>
    public int? Port { get; set; }

    /// <summary>The address of that port (<c>secureClientPortAddress</c>); null: that of the client port.</summary>
    public IPAddress? ListenAddress { get; set; }

    /// <summary>Whether the client port speaks TLS with clients that begin so, beside plain text (<c>client.portUnification</c>).</summary>
    public bool OnClientPort { get; set; }

    /// <summary>The server's certificate with its private key; null: from <see cref="KeyStore"/>.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>What stands between <see cref="Certificate"/> and a root that clients know.</summary>
    public X509Certificate2Collection Intermediates { get; } = [];

    /// <summary>The file of the server's certificate and key (<c>ssl.keyStore</c>).</summary>
    public CertificateStoreFile KeyStore { get; } = new();

    /// <summary>The roots that client certificates must lead to, beside those of <see cref="TrustStore"/>.</summary>
    public X509Certificate2Collection TrustedRoots { get; } = [];

    /// <summary>The file of the roots that client certificates must lead to (<c>ssl.trustStore</c>).</summary>
    public CertificateStoreFile TrustStore { get; } = new();

    /// <summary>Whether clients must show a certificate (<c>ssl.clientAuth</c>).</summary>
    public ClientCertificates ClientCertificates { get; set; } = ClientCertificates.Need;

    /// <summary>The versions spoken (<c>ssl.enabledProtocols</c>); none below 1.2.</summary>
    public SslProtocols Protocols
    {
        get => _protocols ?? DefaultProtocols;
        set => _protocols = value;
    }

    /// <summary>The cipher suites allowed (<c>ssl.ciphersuites</c>); null: those of the system. Linux and macOS only.</summary>
    public IReadOnlyList<TlsCipherSuite>? CipherSuites { get; set; }

    /// <summary>
    /// Whether it is asked over the network if a client certificate is revoked (<c>ssl.crl</c>, <c>ssl.ocsp</c>). One of which nobody knows
    /// is refused.
    /// </summary>
    public bool CheckRevocation { get; set; }

    /// <summary>
    /// Whether a client certificate must name the address its client comes from (<c>ssl.clientHostnameVerification</c>). Names are never
    /// looked up for that.
    /// </summary>
    public bool VerifyClientAddress { get; set; }

    /// <summary>Whether changed files are read again while the server runs (<c>client.certReload</c>).</summary>
    public bool ReloadCertificates { get; set; }

    /// <summary>How long a handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client of a shared port may keep silent before it shows what it speaks (<c>ssl.handshakeDetectionTimeoutMillis</c>).</summary>
    public TimeSpan DetectionTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Handshakes at a time; a further one ends the oldest that has had a second, or is turned away.</summary>
    public int MaxHandshakes { get; set; } = DefaultMaxHandshakes;

    /// <summary>
    /// Changes what a handshake begins with; called for each handshake, by several threads, and once for each set of certificates that is
    /// loaded. What it throws ends that handshake, or refuses that set.
    /// </summary>
    public Action<SslServerAuthenticationOptions>? ConfigureHandshake { get; set; }

    /// <summary>Whether any port speaks TLS.</summary>
    public bool IsOn => Port is not null || OnClientPort;

    /// <summary>Apache's main switch for names in certificates (<c>ssl.hostnameVerification</c>); without it addresses are not asked for either.</summary>
    internal bool VerifyNames { get; set; } = true;

    private SslProtocols DefaultProtocols { get; set; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Apache's other switch for the same (<c>ssl.ocsp</c>).</summary>
    internal bool AsksOcsp { get; set; }

    internal bool ChecksRevocation => CheckRevocation || AsksOcsp;

    internal bool ChecksClientAddress => VerifyClientAddress && VerifyNames;

    /// <summary>What <see cref="Protocols"/> is unless it was set, before or after.</summary>
    internal void UseDefaultProtocols(SslProtocols protocols) => DefaultProtocols = protocols;

    /// <returns>What is wrong, or null.</returns>
    internal string? Violation() => this switch
    {
        { IsOn: false } => null,
        { Port: < 0 or > 65535 } => "secureClientPort must be from 0 to 65535",
        { Certificate: null, KeyStore.Location: null } => "TLS wants a certificate: ssl.keyStore.location is missing",
        { Certificate.HasPrivateKey: false } => "the certificate for TLS has no private key",
        { ClientCertificates: not ClientCertificates.None, TrustedRoots.Count: 0, TrustStore.Location: null } =>
            "client certificates cannot be judged without roots: give ssl.trustStore.location, or ssl.clientAuth=none",
        { VerifyClientAddress: true, ClientCertificates: ClientCertificates.None } =>
            "ssl.clientHostnameVerification wants client certificates: ssl.clientAuth=need or want",
        { Protocols: not (SslProtocols.Tls12 or SslProtocols.Tls13 or (SslProtocols.Tls12 | SslProtocols.Tls13)) } =>
            "TLS is spoken in the versions TLSv1.2 and TLSv1.3 only",
        _ when HandshakeTimeout <= TimeSpan.Zero || DetectionTimeout <= TimeSpan.Zero => "the timeouts of a TLS handshake must be above 0",
        { MaxHandshakes: < 1 } => "netty.server.outstandingHandshake.limit must be at least 1",
        _ => null,
    };
}
