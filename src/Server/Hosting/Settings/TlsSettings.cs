using System.Net.Security;
using System.Security.Authentication;

namespace Coordination.Server.Hosting.Settings;

/// <summary>Connections through TLS, by Apache's keys.</summary>
internal static class TlsSettings
{
    private const string X509Provider = "org.apache.zookeeper.server.auth.X509AuthenticationProvider";

    public static SettingGroup Tls { get; } = new("TLS",
    [
        Setting.Number("secureClientPort", "", (-1, 65535), o => o.Tls.Port ?? -1, (o, v) => o.Tls.Port = v < 0 ? null : (int)v,
            "TCP port for TLS alone; -1 is none. With a file that names no `clientPort` it is the only port"),
        new()
        {
            Key = "secureClientPortAddress",
            Range = "an IP address or a host name",
            Meaning = "the interface",
            Default = "all interfaces; without a file, and embedded, that of `clientPort`",
            Accepts = static text => text.Length == 0 || ClientSettings.Resolve(text) is not null,
            Apply = static (options, text) => options.Tls.ListenAddress = text.Length == 0 ? null : ClientSettings.Resolve(text),
            Show = static options => options.Tls.ListenAddress?.ToString() ?? "",
        },
        Setting.Switch("client.portUnification", o => o.Tls.OnClientPort, (o, v) => o.Tls.OnClientPort = v,
            "whether the client port takes TLS beside plain text"),
        .. Store("ssl.keyStore", o => o.Tls.KeyStore, "the server's certificate, chain and key"),
        .. Store("ssl.trustStore", o => o.Tls.TrustStore, "the roots that client certificates must lead to"),
        Setting.Choice("ssl.clientAuth", o => o.Tls.ClientCertificates, (o, v) => o.Tls.ClientCertificates = v,
            "whether clients must show a certificate, may, or are not asked"),
        new()
        {
            Key = "ssl.protocol",
            Range = "TLS, TLSv1.2 or TLSv1.3",
            Meaning = "`TLSv1.2`: that version alone; else both, unless `ssl.enabledProtocols` says more",
            Accepts = static text => text is "TLS" or "TLSv1.2" or "TLSv1.3",
            Apply = static (options, text) => options.Tls.UseDefaultProtocols(text == "TLSv1.2" ? SslProtocols.Tls12 : SslProtocols.Tls12 | SslProtocols.Tls13),
            Show = static options => options.Tls.Protocols == SslProtocols.Tls12 ? "TLSv1.2" : "TLSv1.3",
        },
        new()
        {
            Key = "ssl.enabledProtocols",
            Range = "TLSv1.2 and TLSv1.3, separated by a comma, or one of them",
            Meaning = "the versions spoken",
            Accepts = static text => ParseProtocols(text) is not null,
            Apply = static (options, text) => options.Tls.Protocols = ParseProtocols(text)!.Value,
            Show = static options => ShowProtocols(options.Tls.Protocols),
        },
        new()
        {
            Key = "ssl.ciphersuites",
            Range = "names of cipher suites, separated by commas",
            Meaning = "those allowed; on Windows the system decides",
            Default = "those of the system",
            Accepts = static text => text.Length == 0 || Names(text).All(static name => Enum.TryParse(name, out TlsCipherSuite _)),
            Apply = static (options, text) => options.Tls.CipherSuites = text.Length == 0 ? null : [.. Names(text).Select(Enum.Parse<TlsCipherSuite>)],
            Show = static options => string.Join(',', options.Tls.CipherSuites ?? []),
        },
        Setting.Switch("ssl.crl", o => o.Tls.CheckRevocation, (o, v) => o.Tls.CheckRevocation = v,
            "whether it is asked over the network if a client certificate is revoked; one of which nobody knows is refused"),
        Setting.Switch("ssl.ocsp", o => o.Tls.AsksOcsp, (o, v) => o.Tls.AsksOcsp = v, "the same as `ssl.crl`: the system asks either way"),
        Setting.Switch("ssl.clientHostnameVerification", o => o.Tls.VerifyClientAddress, (o, v) => o.Tls.VerifyClientAddress = v,
            "whether a client certificate must name the address its client comes from; no name is looked up"),
        Setting.Switch("ssl.hostnameVerification", o => o.Tls.VerifyNames, (o, v) => o.Tls.VerifyNames = v,
            "`no` takes the effect from `ssl.clientHostnameVerification`"),
        Setting.Switch("client.certReload", o => o.Tls.ReloadCertificates, (o, v) => o.Tls.ReloadCertificates = v,
            "whether changed files are read again; one that cannot be used is reported, and the old ones stay"),
        Setting.Milliseconds("ssl.handshakeDetectionTimeoutMillis", (1, int.MaxValue), o => o.Tls.DetectionTimeout, (o, v) => o.Tls.DetectionTimeout = v,
            "a client of a shared port may keep silent before it shows what it speaks"),
        Setting.Milliseconds("coordination.tlsHandshakeTimeoutMs", (1, int.MaxValue), o => o.Tls.HandshakeTimeout, (o, v) => o.Tls.HandshakeTimeout = v,
            "a handshake may take"),
        Setting.Number("netty.server.outstandingHandshake.limit", "handshakes", (-1, 1_000_000), o => o.Tls.MaxHandshakes,
            (o, v) => o.Tls.MaxHandshakes = v <= 0 ? ServerTlsOptions.DefaultMaxHandshakes : (int)v,
            "at a time; one too many ends the oldest that has had a second, or is turned away; 0 or less is 250")
            with { Aliases = ["outstandingHandshake.limit"] },
        Only("ssl.authProvider", "x509"),
        Only("authProvider.x509", X509Provider),
    ]);

    private static IEnumerable<ServerSetting> Store(string key, Func<CoordinationServerOptions, CertificateStoreFile> file, string meaning) =>
    [
        Setting.Optional($"{key}.location", o => file(o).Location, (o, v) => file(o).Location = v, $"the file of {meaning}"),
        Setting.Secret($"{key}.password", o => file(o).Password, (o, v) => file(o).Password = v, "what opens it"),
        Setting.Optional($"{key}.passwordPath", o => file(o).PasswordPath, (o, v) => file(o).PasswordPath = v, "a file with what opens it; counts more"),
        new()
        {
            Key = $"{key}.type",
            Range = "PEM, PKCS12 or JKS",
            Meaning = "its format",
            Default = "by the ending `.pem`, `.p12`, `.jks`",
            Accepts = static text => text.Length == 0 || text.ToUpperInvariant() is "PEM" or "PKCS12" or "JKS",
            Apply = (options, text) => file(options).Type = text.Length == 0 ? null : text,
            Show = options => file(options).Type ?? "",
        },
    ];

    /// <summary>A key with which Apache chooses what is fixed here.</summary>
    private static ServerSetting Only(string key, string value) => new()
    {
        Key = key,
        Range = value,
        Meaning = "Apache's choice of a plug-in; there is this one",
        Accepts = text => text == value,
        Apply = static (_, _) => { },
        Show = _ => value,
    };

    private static string[] Names(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static SslProtocols? ParseProtocols(string text)
    {
        SslProtocols all = SslProtocols.None;
        foreach (string name in Names(text))
        {
            if (name is not ("TLSv1.2" or "TLSv1.3"))
                return null;
            all |= name == "TLSv1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13;
        }

        return all == SslProtocols.None ? null : all;
    }

    private static string ShowProtocols(SslProtocols protocols) => string.Join(',', new[]
    {
        protocols.HasFlag(SslProtocols.Tls12) ? "TLSv1.2" : "",
        protocols.HasFlag(SslProtocols.Tls13) ? "TLSv1.3" : "",
    }.Where(static name => name.Length > 0));
}
