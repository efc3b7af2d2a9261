using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coordination.Server.Hosting;

namespace Coordination.Server.Network;

/// <summary>One set of certificates, loaded and checked. Handshakes begin with the newest; connections keep what they began with.</summary>
internal sealed class TlsMaterial
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan RevocationTimeout = TimeSpan.FromSeconds(5);

    private readonly ServerTlsOptions _options;
    private readonly SslStreamCertificateContext _certificate;
    private readonly X509Certificate2Collection _roots;

    private TlsMaterial(ServerTlsOptions options, SslStreamCertificateContext certificate, X509Certificate2Collection roots)
    {
        _options = options;
        _certificate = certificate;
        _roots = roots;
    }

    /// <summary>Loads what the options name.</summary>
    /// <exception cref="ServerConfigurationException">A file cannot be used; the message says which, and why.</exception>
    public static TlsMaterial Load(ServerTlsOptions options)
    {
        X509Certificate2Collection others = [.. options.Intermediates];
        X509Certificate2 own = options.Certificate ?? LoadOwn(options.KeyStore, others);
        X509Certificate2Collection roots = [.. options.TrustedRoots];
        if (options.ClientCertificates != ClientCertificates.None && options.TrustStore.Location is not null)
            roots.AddRange(CertificateFiles.Load(options.TrustStore));

        try
        {
            // Offline: nobody's certificate makes this server call anywhere.
            TlsMaterial material = new(options, SslStreamCertificateContext.Create(own, others, offline: true), roots);
            material.CreateHandshake();
            return material;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or NotSupportedException)
        {
            throw new ServerConfigurationException($"TLS cannot be spoken like this: {e.Message}");
        }
    }

    /// <summary>What one handshake begins with.</summary>
    public SslServerAuthenticationOptions CreateHandshake()
    {
        bool asks = _options.ClientCertificates != ClientCertificates.None;
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = _certificate,
            EnabledSslProtocols = _options.Protocols,
            ClientCertificateRequired = asks,
            AllowRenegotiation = false,

            // A resumed session would bring back a certificate that may have been revoked or distrusted since.
            AllowTlsResume = !asks,
            CertificateChainPolicy = asks ? Policy() : null,
            RemoteCertificateValidationCallback = asks ? Judge : null,
            CipherSuitesPolicy = SuitesPolicy(),
        };
        _options.ConfigureHandshake?.Invoke(handshake);
        return handshake;
    }

    private static X509Certificate2 LoadOwn(CertificateStoreFile file, X509Certificate2Collection others)
    {
        X509Certificate2Collection all = CertificateFiles.Load(file);
        X509Certificate2 own = all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
            ?? throw new ServerConfigurationException($"The certificates in '{file.Location}' cannot be used: none has a private key");
        all.Remove(own);
        others.AddRange(all);
        return own;
    }

    private CipherSuitesPolicy? SuitesPolicy()
    {
        if (_options.CipherSuites is not { } suites)
            return null;
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("ssl.ciphersuites cannot be chosen on Windows; the system's policy decides there");
        return new CipherSuitesPolicy(suites);
    }

    private X509ChainPolicy Policy()
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = _options.ChecksRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            RevocationFlag = X509RevocationFlag.ExcludeRoot,
            UrlRetrievalTimeout = RevocationTimeout,

            // A stranger's certificate may name any address to fetch an issuer from.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }

    /// <summary>
    /// With a callback the platform leaves everything to it, even whether there is a certificate at all: so both are asked here.
    /// </summary>
    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is null
        ? _options.ClientCertificates == ClientCertificates.Want
        : errors == SslPolicyErrors.None;
}
