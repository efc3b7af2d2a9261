using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Coordination.Server.Network;
using Coordination.Server.Operations;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>Files of certificates, and the names in them.</summary>
public sealed class CertificateFileTests : IDisposable
{
    private const string Keytool = "/usr/bin/keytool";
    private readonly TempDirectory _directory = new();
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("secret")]
    public void A_PEM_file_gives_certificate_key_and_chain(string? password)
    {
        string file = _directory.Combine("a.pem");
        TestAuthority.WritePem(file, _authority.Issue("CN=a"), password, _authority.Root);
        X509Certificate2Collection all = CertificateFiles.Load(new CertificateStoreFile { Location = file, Password = password });
        Assert.Equal([("CN=a", true), ("CN=Test Root", false)], all.Select(static one => (one.Subject, one.HasPrivateKey)));
    }

    [Fact]
    public void A_password_may_stand_in_a_file_of_its_own()
    {
        string file = _directory.Combine("a.p12");
        File.WriteAllBytes(file, _authority.Issue("CN=a").Export(X509ContentType.Pkcs12, "secret"));
        File.WriteAllText(_directory.Combine("password"), "secret\n");
        X509Certificate2Collection all = CertificateFiles.Load(
            new CertificateStoreFile { Location = file, Password = "wrong", PasswordPath = _directory.Combine("password") });
        Assert.True(all.Single().HasPrivateKey);
    }

    [Fact]
    public void Another_password_counts_as_a_change()
    {
        CertificateStoreFile file = new() { Location = _directory.Combine("a.p12"), PasswordPath = _directory.Combine("password") };
        File.WriteAllText(file.Location, "store");
        File.WriteAllText(file.PasswordPath, "first");
        byte[] before = CertificateFiles.Fingerprint(file);
        Assert.Equal(before, CertificateFiles.Fingerprint(file));
        File.WriteAllText(file.PasswordPath, "second");
        Assert.NotEqual(before, CertificateFiles.Fingerprint(file));
    }

    [Theory]
    [InlineData("JKS", "a.jks")]
    [InlineData("PKCS12", "b.p12")]
    public async Task A_store_of_Javas_tool_is_read(string type, string name)
    {
        Peers.Require(Peer.Apache);
        File.WriteAllBytes(_directory.Combine("source.p12"), _authority.Issue("CN=a").Export(X509ContentType.Pkcs12, "secret"));
        File.WriteAllText(_directory.Combine("root.pem"), _authority.Root.ExportCertificatePem());
        string store = _directory.Combine(name);
        await RunAsync("-importkeystore", "-noprompt", "-srckeystore", _directory.Combine("source.p12"), "-srcstoretype", "PKCS12",
            "-srcstorepass", "secret", "-destkeystore", store, "-deststoretype", type, "-deststorepass", "secret");
        await RunAsync("-importcert", "-noprompt", "-alias", "root", "-file", _directory.Combine("root.pem"), "-keystore", store,
            "-storetype", type, "-storepass", "secret");

        CertificateStoreFile file = new() { Location = store, Password = "secret" };
        X509Certificate2Collection all = CertificateFiles.Load(file);
        Assert.Equal([("CN=Test Root", false), ("CN=a", true)], all.Select(static one => (one.Subject, one.HasPrivateKey)).Order());

        file.Password = "canary";
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => CertificateFiles.Load(file));
        Assert.Contains(store, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refusal.Message, StringComparison.Ordinal);
        if (type == "JKS")
            AssertEveryDamageIsNoticed(File.ReadAllBytes(store));
    }

    [Theory]
    [InlineData("CN=a,O=b", true)]
    [InlineData("", true)]
    [InlineData("cn=a; o=b", true)]
    [InlineData("CN=a+OU=b", true)]
    [InlineData("1.2.3=x", true)]
    [InlineData("OID.1.2.3=x", true)]
    [InlineData("CN=", true)]
    [InlineData("CN=\"a, b\"", true)]
    [InlineData("CN=a\\, b", true)]
    [InlineData("CN=#0c0161", true)]
    [InlineData("CN=a\\41", true)]
    [InlineData("EMAILADDRESS=a@b", true)]
    [InlineData("a", false)]
    [InlineData("CN=a,", false)]
    [InlineData("XX=a", false)]
    [InlineData("CN=a\\", false)]
    [InlineData("CN=<a", false)]
    [InlineData("CN=\"a", false)]
    [InlineData("CN=#0", false)]
    [InlineData("=a", false)]
    [InlineData("3.1=a", false)]
    [InlineData(null, false)]
    public void A_text_is_a_name_as_Java_decides_it(string? text, bool isName) => Assert.Equal(isName, DistinguishedNameText.IsValid(text));

    [Theory]
    [InlineData("2.5.4.3", "bob", "CN=bob")]
    [InlineData("2.5.4.3", "a,b+c\"d\\e<f>g;h=i#j", "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i\\#j")]
    [InlineData("2.5.4.3", " a b ", "CN=\\ a b\\ ")]
    [InlineData("2.5.4.3", "", "CN=")]
    [InlineData("2.5.4.3", "Müller", "CN=Müller")]
    [InlineData("0.9.2342.19200300.100.1.25", "example", "DC=example")]
    [InlineData("0.9.2342.19200300.100.1.1", "u", "UID=u")]
    [InlineData("2.5.4.5", "7", "2.5.4.5=#0c0137")]
    [InlineData("1.2.840.113549.1.9.1", "a@b", "1.2.840.113549.1.9.1=#0c03614062")]
    public void A_subject_is_written_as_Java_writes_it(string type, string value, string expected) =>
        Assert.Equal(expected, DistinguishedName.ToRfc2253(Encode((type, value))));

    [Fact]
    public void The_parts_of_a_subject_stand_in_reverse() =>
        Assert.Equal("CN=a,OU=b,O=c", DistinguishedName.ToRfc2253(Encode(("2.5.4.10", "c"), ("2.5.4.11", "b"), ("2.5.4.3", "a"))));

    [Theory]
    [InlineData("300e310c300a06035504031e0700620a", null)]
    [InlineData("3011310f300d06035504031e060062006d0070", "CN=\\00b\\00m\\00p")]
    [InlineData("300f310d300b0603550403120431322033", "CN=#120431322033")]
    [InlineData("300e310c300a06035504031403743631", "CN=t61")]
    public void Odd_kinds_of_text_are_read_as_Java_reads_them(string encoded, string? expected)
    {
        if (expected is null)
            Assert.Throws<AsnContentException>(() => DistinguishedName.ToRfc2253(Convert.FromHexString(encoded)));
        else
            Assert.Equal(expected, DistinguishedName.ToRfc2253(Convert.FromHexString(encoded)));
    }

    private static byte[] Encode(params (string Type, string Value)[] parts)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach ((string type, string value) in parts)
            {
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(type);
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }

        return writer.Encode();
    }

    private static void AssertEveryDamageIsNoticed(byte[] store)
    {
        for (int length = 0; length < store.Length; length += 7)
            Assert.Throws<InvalidDataException>(() => JavaKeyStore.Load(store.AsSpan(0, length), "secret"));
        for (int at = 0; at < store.Length; at += 5)
        {
            byte[] damaged = [.. store];
            damaged[at] ^= 0x40;
            Assert.Throws<InvalidDataException>(() => JavaKeyStore.Load(damaged, "secret"));
        }
    }

    private static async Task RunAsync(params string[] arguments)
    {
        ProcessResult result = await ProcessRunner.RunAsync(
            Keytool, arguments, new ProcessOptions { Timeout = TimeSpan.FromMinutes(2) }, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Everything);
    }
}
