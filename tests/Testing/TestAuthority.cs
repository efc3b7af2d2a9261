using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coordination.Testing;

/// <summary>Issues certificates for a test. Keys are on the curve P-256: quick to make, and every client takes them.</summary>
public sealed class TestAuthority : IDisposable
{
    /// <summary>The use of a server's certificate.</summary>
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>The use of a client's certificate.</summary>
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _issuer;

    /// <summary>Creates the authority with its root.</summary>
    /// <param name="subject">Of the root.</param>
    public TestAuthority(string subject = "CN=Test Root")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = AuthorityRequest(new X500DistinguishedName(subject), key);
        _issuer = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        Root = X509CertificateLoader.LoadCertificate(_issuer.RawData);
    }

    private TestAuthority(X509Certificate2 issuer)
    {
        _issuer = issuer;
        Root = X509CertificateLoader.LoadCertificate(issuer.RawData);
    }

    /// <summary>The authority's own certificate, without its key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>An authority that this one has certified.</summary>
    /// <param name="subject">Its name.</param>
    /// <returns>The intermediate authority; its <see cref="Root"/> is the intermediate certificate.</returns>
    public TestAuthority Certify(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = AuthorityRequest(new X500DistinguishedName(subject), key);

        // Its issuer's own days: days counted from now would outlive an issuer that was made in the second before.
        using X509Certificate2 certificate = request.Create(
            _issuer, new DateTimeOffset(_issuer.NotBefore), new DateTimeOffset(_issuer.NotAfter), RandomNumberGenerator.GetBytes(8));
        return new TestAuthority(certificate.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a certificate that is good for a server or client on this machine.</summary>
    /// <param name="subject">For example <c>CN=bob,O=Example</c>.</param>
    /// <param name="configure">Changes the request.</param>
    /// <param name="use">The extended key usage; null for none.</param>
    /// <param name="from">First day, counted from now.</param>
    /// <param name="until">Last day, counted from now.</param>
    /// <returns>The certificate with its key.</returns>
    public X509Certificate2 Issue(string subject, Action<CertificateRequest>? configure = null, string? use = null, int from = -1, int until = 10) =>
        Issue(new X500DistinguishedName(subject), configure, use, from, until);

    /// <summary>As the other one, with a name that is already encoded.</summary>
    /// <param name="subject">The name.</param>
    /// <param name="configure">Changes the request.</param>
    /// <param name="use">The extended key usage; null for none.</param>
    /// <param name="from">First day, counted from now.</param>
    /// <param name="until">Last day, counted from now.</param>
    /// <returns>The certificate with its key.</returns>
    public X509Certificate2 Issue(X500DistinguishedName subject, Action<CertificateRequest>? configure = null, string? use = null, int from = -1, int until = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (use is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        if (configure is null)
            AddLocalNames(request);
        else
            configure(request);
        using X509Certificate2 certificate = request.Create(
            _issuer, DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(until), RandomNumberGenerator.GetBytes(8));

        // Through PKCS12, because TLS on Windows takes no key that lives in memory only.
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    /// <summary>The names of this machine as loopback knows it.</summary>
    /// <param name="request">Gets them as its subject alternative names.</param>
    public static void AddLocalNames(CertificateRequest request)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
    }

    /// <summary>Writes a certificate with its key, and others behind it, as PEM.</summary>
    /// <param name="path">The file.</param>
    /// <param name="certificate">With its key.</param>
    /// <param name="password">Encrypts the key; null leaves it open.</param>
    /// <param name="others">What follows.</param>
    public static void WritePem(string path, X509Certificate2 certificate, string? password = null, params X509Certificate2[] others)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string keyText = password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000));
        File.WriteAllText(path, string.Join('\n', others.Select(static other => other.ExportCertificatePem()).Prepend(certificate.ExportCertificatePem()).Append(keyText)) + "\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _issuer.Dispose();
        Root.Dispose();
    }

    private static CertificateRequest AuthorityRequest(X500DistinguishedName subject, ECDsa key)
    {
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
