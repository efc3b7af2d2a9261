using System.Collections;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>Whoever asks for certificates to be checked for revocation gets that, or no server; nothing is left out silently.</summary>
public sealed class RevocationTests
{
    [Theory]
    [InlineData("ssl.crl", true)]
    [InlineData("ssl.ocsp", true)]
    [InlineData("ssl.crl", false)]
    public async Task A_certificate_of_which_nobody_knows_whether_it_is_revoked_is_served_only_if_nobody_asks(string key, bool asks)
    {
        ServerConfiguration configuration = ServerConfigurationOf([$"-Dzookeeper.{key}={(asks ? "true" : "false")}"]);
        Assert.Equal(asks, configuration.Options.Tls.ChecksRevocation);
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) =>
        {
            options.Tls.CheckRevocation = configuration.Options.Tls.CheckRevocation;
            options.Tls.AsksOcsp = configuration.Options.Tls.AsksOcsp;
        });
        Assert.Equal(!asks, await world.IsServedAsync(world.Authority.Issue("CN=bob")));
    }

    [Theory]
    [InlineData("com.sun.net.ssl.checkRevocation")]
    [InlineData("com.sun.security.enableCRLDP")]
    [InlineData("ocsp.enable")]
    [InlineData("jdk.tls.server.protocols")]
    [InlineData("javax.net.ssl.trustStore")]
    public void A_choice_made_for_Javas_TLS_stops_the_start(string key)
    {
        ServerConfigurationException refused = Assert.Throws<ServerConfigurationException>(() => ServerConfigurationOf([$"-D{key}=true"]));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        ServerConfigurationOf([$"-D{key}=false"]);
    }

    [Fact]
    public void What_is_so_anyway_may_be_asked_for() => ServerConfigurationOf(["-Djdk.tls.rejectClientInitiatedRenegotiation=true"]);

    private static ServerConfiguration ServerConfigurationOf(string[] definitions)
    {
        using TempDirectory directory = new();
        string file = directory.Combine("zoo.cfg");
        File.WriteAllText(file, "dataDir=/d\nclientPort=0\n");
        return ServerConfiguration.Read(file, definitions, new Hashtable());
    }
}
