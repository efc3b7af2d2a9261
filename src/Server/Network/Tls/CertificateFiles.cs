using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coordination.Server.Hosting;

namespace Coordination.Server.Network;

/// <summary>Reads files of certificates in the formats of Apache's settings: PEM, PKCS12, JKS. What is wrong is said without the password.</summary>
internal static class CertificateFiles
{
    private const int LargestFile = 1 << 20;

    /// <summary>Reads everything in a file.</summary>
    /// <exception cref="ServerConfigurationException">It cannot be read, or not with this password.</exception>
    public static X509Certificate2Collection Load(CertificateStoreFile file)
    {
        string location = file.Location!;
        try
        {
            byte[] bytes = ReadBounded(location);
            string password = PasswordOf(file);
            return TypeOf(file) switch
            {
                "PEM" => LoadPem(Encoding.UTF8.GetString(bytes), password),
                "PKCS12" => X509CertificateLoader.LoadPkcs12Collection(bytes, password),
                "JKS" => JavaKeyStore.Load(bytes, password),
                _ => throw new InvalidDataException("the type must be PEM, PKCS12 or JKS, given as .type or as the ending of the name"
                    + " (keytool -importkeystore converts others: -deststoretype PKCS12)"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException or ArgumentException)
        {
            throw new ServerConfigurationException($"The certificates in '{location}' cannot be used: {e.Message}");
        }
    }

    /// <summary>What is read again to see whether a file has changed, or what opens it: the two are replaced one after the other.</summary>
    public static byte[] Fingerprint(CertificateStoreFile file)
    {
        if (file.Location is null)
            return [];

        byte[] content = SHA256.HashData(ReadBounded(file.Location));
        return file.PasswordPath is { Length: > 0 } path ? [.. content, .. SHA256.HashData(ReadBounded(path))] : content;
    }

    private static string TypeOf(CertificateStoreFile file) => file.Type?.ToUpperInvariant() ?? Path.GetExtension(file.Location!).ToUpperInvariant() switch
    {
        ".PEM" => "PEM",
        ".P12" => "PKCS12",
        ".JKS" => "JKS",
        var other => other,
    };

    private static string PasswordOf(CertificateStoreFile file) => file.PasswordPath is { Length: > 0 } path
        ? Encoding.UTF8.GetString(ReadBounded(path)).TrimEnd('\r', '\n')
        : file.Password ?? "";

    private static byte[] ReadBounded(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > LargestFile)
            throw new InvalidDataException($"{path} has {stream.Length} bytes; {LargestFile} are the most");

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static X509Certificate2Collection LoadPem(string text, string password)
    {
        X509Certificate2Collection all = [];
        all.ImportFromPem(text);
        if (all.Count == 0)
            throw new InvalidDataException("it holds no certificate");
        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            return all;

        bool isEncrypted = text.Contains("BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        X509Certificate2 withKey = isEncrypted ? X509Certificate2.CreateFromEncryptedPem(text, text, password) : X509Certificate2.CreateFromPem(text, text);
        all[0].Dispose();
        all[0] = Usable(withKey);
        return all;
    }

    /// <summary>TLS on Windows takes no key that lives in memory only.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;

        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
