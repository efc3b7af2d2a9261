using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>Who is let in through TLS, as whom, and who is not.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    internal async Task A_clients_certificate_is_its_identity(SslProtocols version)
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        using X509Certificate2 bob = world.Authority.Issue("CN=bob, O=\"Example, Inc.\"", use: TestAuthority.ClientUse);
        using RawClient client = await world.DialAsync(bob, protocols: version);
        await client.HandshakeAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
        RawReply made = await client.CallAsync(OpCode.Create, new CreateRequest("/mine", [1], Acl.Creator, CreateMode.Persistent));
        Assert.Equal(ErrorCode.Ok, made.Header.Error);
        GetAclResponse acl = (await client.CallAsync(OpCode.GetAcl, new GetAclRequest("/mine"))).As<GetAclResponse>();
        Assert.Equal([new Acl(Permissions.All, "x509", "CN=bob,O=Example\\, Inc.")], acl.Acl!);

        // The plain port is another way to the same tree, but proves nothing.
        using RawClient plain = await world.Server.ConnectAsync();
        Assert.Equal(ErrorCode.NoAuth, (await plain.CallAsync(OpCode.GetData, new GetDataRequest("/mine", false))).Header.Error);
    }

    [Fact]
    public async Task Who_shows_a_certificate_that_cannot_be_trusted_is_turned_away()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        TestAuthority good = world.Authority;
        using TestAuthority other = new("CN=Test Root");
        Assert.False(await world.IsServedAsync(null), "without a certificate");
        Assert.False(await world.IsServedAsync(other.Issue("CN=bob", use: TestAuthority.ClientUse)), "of another authority of the same name");
        Assert.False(await world.IsServedAsync(good.Issue("CN=bob", use: TestAuthority.ClientUse, from: -3, until: -1)), "expired");
        Assert.False(await world.IsServedAsync(good.Issue("CN=bob", use: TestAuthority.ClientUse, from: 1)), "not valid yet");
        Assert.False(await world.IsServedAsync(good.Issue("CN=bob", use: TestAuthority.ServerUse)), "for another use");
        Assert.True(await world.IsServedAsync(good.Issue("CN=bob", use: TestAuthority.ClientUse)), "a good one");
        Assert.True(await world.IsServedAsync(good.Issue("CN=bob")), "for every use");
        Assert.Contains(world.Server.Log, static line => line.StartsWith("205 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    internal async Task A_missing_certificate_is_noticed_in_every_version(SslProtocols version)
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        Assert.False(await world.IsServedAsync(null, version));
    }

    [Fact]
    public async Task Where_a_certificate_is_wanted_none_is_fine_and_a_bad_one_is_not()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.ClientCertificates = ClientCertificates.Want);
        using TestAuthority other = new();
        Assert.True(await world.IsServedAsync(null));
        Assert.True(await world.IsServedAsync(world.Authority.Issue("CN=bob")));
        Assert.False(await world.IsServedAsync(other.Issue("CN=bob")));
    }

    [Fact]
    public async Task Where_none_is_asked_for_nobody_gets_an_identity_by_it()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.ClientCertificates = ClientCertificates.None);
        using RawClient client = await world.ConnectAsync(world.Authority.Issue("CN=bob"));
        WhoAmIResponse me = (await client.CallAsync(OpCode.WhoAmI, default(EmptyRecord))).As<WhoAmIResponse>();
        Assert.Equal(["ip"], me.Identities!.Select(static identity => identity.Scheme!));
    }

    [Fact]
    public async Task A_chain_of_intermediates_leads_to_the_root()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        TestAuthority issuer = world.Authority;
        X509Certificate2Collection chain = [];
        for (int i = 0; i < 8; i++)
        {
            issuer = issuer.Certify($"CN=Intermediate {i}");
            chain.Add(issuer.Root);
        }

        using X509Certificate2 bob = issuer.Issue("CN=bob", use: TestAuthority.ClientUse);
        Assert.False(await world.IsServedAsync(bob), "the chain is not shown, and nobody goes to fetch it");
        using RawClient client = await RawClient.DialAsync(world.Secure);
        await client.BeginTlsAsync(world.OptionsOf(bob, chain: chain));
        Assert.NotEqual(0, (await client.HandshakeAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false))).SessionId);
    }

    [Fact]
    public async Task The_super_users_certificate_opens_everything()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Security.SuperSubject = "CN=root");
        using RawClient bob = await world.ConnectAsync(world.Authority.Issue("CN=bob"));
        await bob.CallAsync(OpCode.Create, new CreateRequest("/closed", [1], [new(Permissions.None, "world", "anyone")], CreateMode.Persistent));
        Assert.Null(await bob.ReadAsync("/closed"));
        using RawClient root = await world.ConnectAsync(world.Authority.Issue("CN=root"));
        Assert.Equal([1], await root.ReadAsync("/closed"));
    }

    [Fact]
    public async Task A_certificate_must_name_the_address_if_that_is_asked()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.VerifyClientAddress = true);
        Assert.True(await world.IsServedAsync(world.Authority.Issue("CN=bob")));
        Assert.False(await world.IsServedAsync(world.Authority.Issue("CN=127.0.0.1", static _ => { })), "a subject is no address");
        Assert.False(await world.IsServedAsync(world.Authority.Issue("CN=bob", static request =>
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(IPAddress.Parse("127.0.0.2"));
            request.CertificateExtensions.Add(names.Build());
        })));
    }

    [Fact]
    public async Task A_session_moves_between_the_ports()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        using RawClient secure = await world.ConnectAsync(world.Authority.Issue("CN=bob"));
        await secure.CreateAsync("/a", [1], CreateMode.Ephemeral);
        using RawClient plain = await RawClient.ConnectAsync(
            world.Server.Endpoint, 10_000, secure.Session.SessionId, secure.Session.Password);
        Assert.Equal(secure.Session.SessionId, plain.Session.SessionId);
        Assert.Null(await secure.ReadFrameAsync());
        Assert.Equal([1], await plain.ReadAsync("/a"));
    }

    [Fact]
    public async Task One_port_takes_TLS_and_plain_text()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) =>
        {
            options.Tls.Port = null;
            options.Tls.OnClientPort = true;
        });
        Assert.Null(world.Server.Host.SecureEndpoint);
        IPEndPoint both = world.Server.Endpoint;
        Assert.Equal("imok", await FourLetterWord.AskAsync(both.Port, "ruok", TestContext.Current.CancellationToken));
        using RawClient plain = await world.Server.ConnectAsync();
        await plain.CreateAsync("/a", [1]);
        using RawClient secure = await world.ConnectAsync(world.Authority.Issue("CN=bob"), both);
        Assert.Equal([1], await secure.ReadAsync("/a"));
        await Assert.ThrowsAnyAsync<Exception>(async () => await world.ConnectAsync(null, both));
    }

    [Fact]
    public async Task TLS_may_be_the_only_port()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) =>
        {
            options.PlainPort = false;
            options.Tls.HandshakeTimeout = TimeSpan.FromSeconds(1);
        });
        Assert.Equal(world.Secure, world.Server.Endpoint);
        Assert.True(await world.IsServedAsync(world.Authority.Issue("CN=bob")));
        using RawClient plain = await RawClient.DialAsync(world.Server.Endpoint);
        await plain.SendBytesAsync(Encoding.ASCII.GetBytes("ruok"));
        Assert.DoesNotContain("imok", Encoding.ASCII.GetString(await plain.ReadToEndAsync()), StringComparison.Ordinal);
    }
}
