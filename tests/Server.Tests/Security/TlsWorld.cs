using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Coordination.Protocol;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>A server with certificates, and clients with good and bad ones.</summary>
internal sealed class TlsWorld : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    private TlsWorld()
    {
    }

    public TestAuthority Authority { get; } = new();

    public TempDirectory Directory => _directory;

    public TestServer Server { get; private set; } = null!;

    public IPEndPoint Secure => Server.Host.SecureEndpoint!;

    public static async Task<TlsWorld> StartAsync(Action<CoordinationServerOptions, TlsWorld>? configure = null)
    {
        TlsWorld world = new();
        CoordinationServerOptions options = TestServer.Options(world._directory.Combine("data"));
        options.Tls.Port = 0;
        options.Tls.Certificate = world.Authority.Issue("CN=server", use: TestAuthority.ServerUse);
        options.Tls.TrustedRoots.Add(world.Authority.Root);
        configure?.Invoke(options, world);
        world.Server = await TestServer.StartAsync(options);
        return world;
    }

    /// <summary>A connected client that has done its handshake of TLS.</summary>
    public async Task<RawClient> DialAsync(X509Certificate2? certificate, IPEndPoint? endpoint = null, SslProtocols protocols = SslProtocols.None)
    {
        RawClient client = await RawClient.DialAsync(endpoint ?? Secure);
        try
        {
            await client.BeginTlsAsync(OptionsOf(certificate, protocols));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>A client with a session.</summary>
    public async Task<RawClient> ConnectAsync(X509Certificate2? certificate, IPEndPoint? endpoint = null)
    {
        RawClient client = await DialAsync(certificate, endpoint);
        await client.HandshakeAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
        return client;
    }

    /// <summary>
    /// Whether a client with this certificate gets a session. In version 1.3 it learns only behind its own handshake that it was refused.
    /// </summary>
    public async Task<bool> IsServedAsync(X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None)
    {
        try
        {
            using RawClient client = await DialAsync(certificate, protocols: protocols);
            await client.HandshakeAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
            return client.Session.SessionId != 0;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
        _directory.Dispose();
    }

    public SslClientAuthenticationOptions OptionsOf(
        X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None, X509Certificate2Collection? chain = null) => new()
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, chain, offline: true),
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { Authority.Root },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
}
