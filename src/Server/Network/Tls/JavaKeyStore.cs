using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Coordination.Server.Network;

/// <summary>
/// Reads Java's own key store format (JKS), which Apache's servers take a file for unless it is called otherwise. The format is small and
/// fixed: entries of keys with their chains or of single certificates, and a hash over all of it and the password.
/// </summary>
internal ref struct JavaKeyStore
{
    private const uint Magic = 0xfeedfeed;
    private const int KeyEntry = 1;
    private const int CertificateEntry = 2;
    private const int MostEntries = 10_000;
    private const string KeyProtection = "1.3.6.1.4.1.42.2.17.1.1";

    private readonly byte[] _password;
    private ReadOnlySpan<byte> _rest;

    private JavaKeyStore(ReadOnlySpan<byte> bytes, byte[] password)
    {
        _rest = bytes;
        _password = password;
    }

    /// <summary>Reads a store; a certificate that has a private key comes with it, followed by the rest of its chain.</summary>
    /// <exception cref="InvalidDataException">It is none, is damaged, or the password is wrong.</exception>
    /// <exception cref="CryptographicException">A certificate or key in it is none.</exception>
    public static X509Certificate2Collection Load(ReadOnlySpan<byte> bytes, string password)
    {
        if (bytes.Length < 12 + SHA1.HashSizeInBytes || BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic)
            throw new InvalidDataException("it is no Java key store");

        byte[] secret = Encoding.BigEndianUnicode.GetBytes(password);
        ReadOnlySpan<byte> content = bytes[..^SHA1.HashSizeInBytes];
        if (!CryptographicOperations.FixedTimeEquals(Hash(secret, "Mighty Aphrodite"u8, content), bytes[^SHA1.HashSizeInBytes..]))
            throw new InvalidDataException("the store is damaged, or the password is wrong");

        JavaKeyStore store = new(content[4..], secret);
        return store.ReadAll();
    }

    private X509Certificate2Collection ReadAll()
    {
        int version = ReadInt();
        int count = ReadInt();
        if (version is not (1 or 2) || count is < 0 or > MostEntries)
            throw new InvalidDataException("it is no Java key store");

        X509Certificate2Collection all = [];
        for (int i = 0; i < count; i++)
        {
            int kind = ReadInt();
            Take(BinaryPrimitives.ReadUInt16BigEndian(Take(2)));
            Take(sizeof(long));
            if (kind == KeyEntry)
                ReadKey(all, version);
            else if (kind == CertificateEntry)
                all.Add(ReadCertificate(version));
            else
                throw new InvalidDataException("it holds an entry that is neither a key nor a certificate");
        }

        return all;
    }

    private void ReadKey(X509Certificate2Collection all, int version)
    {
        byte[] key = Unprotect(Take(ReadInt()));
        int length = ReadInt();
        for (int i = 0; i < length; i++)
        {
            X509Certificate2 certificate = ReadCertificate(version);
            all.Add(i == 0 ? WithKey(certificate, key) : certificate);
        }
    }

    private X509Certificate2 ReadCertificate(int version)
    {
        if (version == 2)
            Take(BinaryPrimitives.ReadUInt16BigEndian(Take(2)));
        return X509CertificateLoader.LoadCertificate(Take(ReadInt()));
    }

    /// <summary>The key is hidden under a stream of hashes that begins with a random number; a hash behind it proves the password.</summary>
    private readonly byte[] Unprotect(ReadOnlySpan<byte> encoded)
    {
        byte[] hidden;
        try
        {
            AsnReader outer = new AsnReader(encoded.ToArray(), AsnEncodingRules.DER).ReadSequence();
            if (outer.ReadSequence().ReadObjectIdentifier() != KeyProtection)
                throw new InvalidDataException("its key is protected in a way that is not JKS's");
            hidden = outer.ReadOctetString();
        }
        catch (AsnContentException e)
        {
            throw new InvalidDataException("its key is damaged", e);
        }

        const int size = SHA1.HashSizeInBytes;
        if (hidden.Length < 2 * size)
            throw new InvalidDataException("its key is damaged");

        byte[] key = hidden[size..^size];
        byte[] stream = hidden[..size];
        for (int i = 0; i < key.Length; i++)
        {
            if (i % size == 0)
                stream = Hash(_password, stream, []);
            key[i] ^= stream[i % size];
        }

        return CryptographicOperations.FixedTimeEquals(Hash(_password, key, []), hidden.AsSpan(hidden.Length - size))
            ? key
            : throw new InvalidDataException("the password of its key is not that of the store");
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, byte[] key)
    {
        string pem = new(PemEncoding.Write("PRIVATE KEY", key));
        using (certificate)
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), pem);
    }

    [SuppressMessage("Security", "CA5350:Do not use weak cryptographic algorithms", Justification = "The format's.")]
    private static byte[] Hash(byte[] first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(third);
        return hash.GetHashAndReset();
    }

    private int ReadInt() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
            throw new InvalidDataException("it is damaged");

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
