using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>Stock clients come through TLS with certificates of their own, set up as their manuals say.</summary>
public sealed class TlsClientTests : IDisposable
{
    private static readonly ProcessOptions Patience = new() { Timeout = TimeSpan.FromMinutes(3) };

    private readonly TempDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private readonly int _port = LoopbackPort.Free();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Kazoo_speaks_TLS()
    {
        Peers.Require(Peer.Kazoo);
        await using OwnServer server = await StartAsync();
        using X509Certificate2 client = _authority.Issue("CN=kazoo,O=Example", use: TestAuthority.ClientUse);
        using ECDsa key = client.GetECDsaPrivateKey()!;
        ProcessResult result = await ProcessRunner.RunAsync(
            Peers.Python,
            [
                Path.Combine(AppContext.BaseDirectory, "Clients", "kazoo_tls.py"), $"localhost:{_port}", Written("c.pem", client.ExportCertificatePem()),
                Written("c.key", key.ExportPkcs8PrivateKeyPem()), Written("ca.pem", _authority.Root.ExportCertificatePem()), "CN=kazoo,O=Example",
            ],
            Patience,
            Cancellation);
        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.EndsWith("done\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TLSv1.2")]
    [InlineData("TLSv1.3")]
    public async Task Apaches_shell_speaks_TLS(string version)
    {
        Peers.Require(Peer.ZkCli);
        await using OwnServer server = await StartAsync();
        string keyStore = _directory.Combine("shell.p12");
        using X509Certificate2 client = _authority.Issue("CN=shell,OU=\"a, b\",O=Example", use: TestAuthority.ClientUse);
        File.WriteAllBytes(keyStore, client.Export(X509ContentType.Pkcs12, "secret"));
        string trustStore = Written("trust.pem", _authority.Root.ExportCertificatePem());
        const string jars = "/usr/share/java";
        string[] netty = ["netty-all", "netty-buffer", "netty-codec", "netty-common", "netty-handler", "netty-resolver", "netty-transport"];
        ProcessResult result = await ProcessRunner.RunAsync(
            Peers.Java,
            [
                "-Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty", "-Dzookeeper.client.secure=true",
                $"-Dzookeeper.ssl.keyStore.location={keyStore}", "-Dzookeeper.ssl.keyStore.password=secret",
                $"-Dzookeeper.ssl.trustStore.location={trustStore}", $"-Dzookeeper.ssl.protocol={version}",
                "-cp", string.Join(':', netty.Select(static name => $"{jars}/{name}.jar").Prepend(Peers.ZooKeeperClassPath)),
                "org.apache.zookeeper.ZooKeeperMain", "-server", $"localhost:{_port}",
            ],
            Patience with { Input = "create /tls data auth::cdrwa\ngetAcl /tls\nwhoami\nget /tls\nquit\n" },
            Cancellation);
        string output = $"{result.Output}{result.Error}";
        Assert.All(
            ["Created /tls", "'x509,'CN=shell%2COU=a\\%2C b%2CO=Example", "x509: CN=shell,OU=a\\, b,O=Example", "data"],
            text => Assert.True(output.Contains(text, StringComparison.Ordinal), output));
    }

    private async Task<OwnServer> StartAsync()
    {
        string keyStore = _directory.Combine("server.pem");
        TestAuthority.WritePem(keyStore, _authority.Issue("CN=localhost", use: TestAuthority.ServerUse));
        return await OwnServer.StartAsync(
            new ServerProcessOptions
            {
                Configuration = new Dictionary<string, string>
                {
                    ["secureClientPort"] = $"{_port}",
                    ["secureClientPortAddress"] = "127.0.0.1",
                    ["serverCnxnFactory"] = "org.apache.zookeeper.server.NettyServerCnxnFactory",
                    ["ssl.keyStore.location"] = keyStore,
                    ["ssl.trustStore.location"] = Written("clients.pem", _authority.Root.ExportCertificatePem()),
                },
            },
            Cancellation);
    }

    private string Written(string name, string text)
    {
        File.WriteAllText(_directory.Combine(name), text + "\n");
        return _directory.Combine(name);
    }
}
