using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Operations;

/// <summary>SASL with DIGEST-MD5: the exchange, and what a connection gains by it.</summary>
[SuppressMessage("Security", "CA5351:Do not use broken cryptographic algorithms", Justification = "RFC 2831 leaves no choice.")]
public sealed class SaslTests
{
    private const string Nonce = "NMc4/g2fUEeXGqdG6iJZvcex9ImRJ525w793yXWV";

    /// <summary>What Apache's Java client sent to Apache's server; the recording is among the golden files of the protocol.</summary>
    private const string Recorded =
        "charset=utf-8,username=\"golden\",realm=\"zk-sasl-md5\",nonce=\"NMc4/g2fUEeXGqdG6iJZvcex9ImRJ525w793yXWV\",nc=00000001,"
        + "cnonce=\"SuerdiLPs+X3xWvXyxR/+nwYrsqMdivR8VpNfOJ5\",digest-uri=\"zookeeper/zk-sasl-md5\",maxbuf=65536,"
        + "response=669311fbd6b5c88457e1bb40489b6841,qop=auth,authzid=\"golden\"";

    private static readonly SaslUsers Users = new(
        new Dictionary<string, string> { ["golden"] = "secret", ["bob"] = "secret", ["super"] = "power", ["jürgen"] = "pässword" },
        new byte[32]);

    [Fact]
    public void A_recorded_exchange_of_Apaches_is_taken_and_answered_as_Apache_did()
    {
        var exchange = new SaslExchange(Users, Nonce);
        Assert.Equal($"realm=\"zk-sasl-md5\",nonce=\"{Nonce}\",charset=utf-8,algorithm=md5-sess", Text(exchange.Take([]).Reply));
        SaslStep step = exchange.Take(Encoding.ASCII.GetBytes(Recorded));
        Assert.True(step.Accepted);
        Assert.Equal("golden", step.User);
        Assert.Equal("rspauth=d2243d639f39a217d31df76745b84d89", Text(step.Reply));
    }

    [Theory]
    [InlineData("username=\"golden\"", "username=\"nobody\"")]
    [InlineData("username=\"golden\"", "username=\"bob\"")]
    [InlineData("username=\"golden\",", "")]
    [InlineData("realm=\"zk-sasl-md5\"", "realm=\"elsewhere\"")]
    [InlineData("realm=\"zk-sasl-md5\",", "")]
    [InlineData("nonce=\"NMc4", "nonce=\"NMc5")]
    [InlineData("nc=00000001", "nc=00000002")]
    [InlineData("cnonce=\"Suer", "cnonce=\"suer")]
    [InlineData("zookeeper/zk-sasl-md5", "imap/zk-sasl-md5")]
    [InlineData("response=669311fbd6b5c88457e1bb40489b6841", "response=669311fbd6b5c88457e1bb40489b6842")]
    [InlineData("response=669311fbd6b5c88457e1bb40489b6841", "response=")]
    [InlineData("response=669311fbd6b5c88457e1bb40489b6841,", "")]
    [InlineData("qop=auth", "qop=auth-int")]
    [InlineData("charset=utf-8", "charset=utf-16")]
    [InlineData("authzid=\"golden\"", "authzid=\"super\"")]
    [InlineData("authzid=\"golden\"", "username=\"golden\"")]
    [InlineData("authzid=\"golden\"", "authzid=\"golden")]
    [InlineData("authzid=\"golden\"", "authzid=\"golden\" x")]
    [InlineData("maxbuf=65536", "maxbuf")]
    [InlineData("maxbuf=65536", "=65536")]
    public void A_response_that_says_something_else_is_refused(string said, string instead)
    {
        Assert.Contains(said, Recorded, StringComparison.Ordinal);
        var exchange = new SaslExchange(Users, Nonce);
        exchange.Take([]);
        byte[] altered = Encoding.ASCII.GetBytes(Recorded.Replace(said, instead, StringComparison.Ordinal));
        Assert.Equal(default, exchange.Take(altered));
        Assert.Equal(default, exchange.Take(Encoding.ASCII.GetBytes(Recorded)));
    }

    [Fact]
    public void A_token_that_is_too_long_out_of_turn_or_no_text_is_refused()
    {
        Assert.Equal(default, new SaslExchange(Users, Nonce).Take(Encoding.ASCII.GetBytes(Recorded)));
        foreach (byte[] bad in (byte[][])[[], [0], [0xff, (byte)'=', 0xff], [.. "a=\"\\"u8], [.. Encoding.ASCII.GetBytes(Recorded.PadRight(4096))]])
        {
            var exchange = new SaslExchange(Users, Nonce);
            exchange.Take([]);
            Assert.Equal(default, exchange.Take(bad));
        }

        var fits = new SaslExchange(Users, Nonce);
        fits.Take([]);
        Assert.True(fits.Take(Encoding.ASCII.GetBytes(Recorded.PadRight(4095))).Accepted);
        Assert.Equal(default, fits.Take([]));
    }

    [Fact]
    public void The_proved_user_is_an_identity_of_the_connection_alone()
    {
        ReplicaDriver driver = With();
        TestClient bob = driver.Connect();
        Assert.Equal(ErrorCode.Ok, Prove(bob, "bob", "secret").Error);
        Assert.Equal(ErrorCode.Ok, bob.Create("/mine", acl: Acl.Creator).Error);
        Assert.Equal([new Acl(Permissions.All, "sasl", "bob")], bob.Call(OpCode.GetAcl, new GetAclRequest("/mine")).Read<GetAclResponse>().Acl!);
        Assert.Equal(
            [new ClientInfo("ip", "127.0.0.1"), new ClientInfo("sasl", "bob")],
            bob.Call(OpCode.WhoAmI, default(EmptyRecord)).Read<WhoAmIResponse>().Identities!);

        TestClient other = driver.Connect();
        Assert.Equal(ErrorCode.NoAuth, other.GetData("/mine").Error);
        Assert.Equal(ErrorCode.Ok, Prove(other, "super", "power").Error);
        Assert.Equal(ErrorCode.Ok, other.GetData("/mine").Error);
        TestClient third = driver.Connect();
        Assert.Equal(ErrorCode.Ok, Prove(third, "jürgen", "pässword").Error);
        Assert.Equal(ErrorCode.NoAuth, third.GetData("/mine").Error);
    }

    [Theory]
    [InlineData(false, ErrorCode.AuthFailed)]
    [InlineData(true, ErrorCode.SessionClosedRequireAuth)]
    public void Whoever_fails_is_told_with_an_empty_token_and_let_go(bool demanded, ErrorCode expected)
    {
        ReplicaDriver driver = With(demanded);
        foreach ((string user, string password) in ((string, string)[])[("bob", "wrong"), ("nobody", "secret")])
        {
            TestClient client = driver.Connect();
            Reply reply = Prove(client, user, password);
            Assert.Equal(expected, reply.Error);
            Assert.Equal([0xff, 0xff, 0xff, 0xff], reply.Body);
            Assert.Equal(CloseReason.AuthenticationFailed, client.Closed);
        }

        Assert.Equal(2, driver.Replica.Statistics.AuthenticationFailures);
        Assert.All(driver.Trace, traced => Assert.DoesNotContain("nobody", traced.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_overheard_on_one_connection_is_of_no_use_on_another()
    {
        ReplicaDriver driver = With();
        TestClient bob = driver.Connect();
        byte[] response = Response(Challenge(bob), "bob", "secret");
        Assert.Equal(ErrorCode.Ok, Take(bob, response).Error);

        TestClient thief = driver.Connect();
        Challenge(thief);
        Assert.Equal(ErrorCode.AuthFailed, Take(thief, response).Error);
        Assert.Equal(ErrorCode.AuthFailed, Take(bob, []).Error);
    }

    [Fact]
    public void Where_SASL_is_demanded_nothing_goes_before_it()
    {
        ReplicaDriver driver = With(demanded: true);
        Assert.Equal(ErrorCode.SessionClosedRequireAuth, driver.Connect().Create("/a").Error);
        TestClient bob = driver.Connect();
        Assert.Equal(ErrorCode.Ok, Prove(bob, "bob", "secret").Error);
        Assert.Equal(ErrorCode.Ok, bob.Create("/a").Error);
        Assert.Equal(ErrorCode.AuthFailed, bob.Call(OpCode.Auth, new AuthPacket(0, "sasl", [.. "super:power"u8])).Error);
    }

    /// <summary>The verdicts of Apache's provider of 3.8.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("bob", true)]
    [InlineData("a/b", true)]
    [InlineData("a@", true)]
    [InlineData("@r", true)]
    [InlineData("a/b/c", true)]
    [InlineData("a@b@c", false)]
    [InlineData("a/b/c@r", false)]
    public void A_list_may_name_what_Kerberos_could_be_called(string id, bool isValid)
    {
        Acl[] list = [new(Permissions.All, "sasl", id)];
        Assert.Equal(isValid ? ErrorCode.Ok : ErrorCode.InvalidAcl, With().Connect().Create("/a", acl: list).Error);
        Assert.Equal(ErrorCode.InvalidAcl, new ReplicaDriver().Connect().Create("/a", acl: list).Error);
    }

    private static ReplicaDriver With(bool demanded = false) => new(new ReplicaOptions
    {
        SessionIdSeedMilliseconds = 1_000_000,
        Access = new AccessRules { HasSasl = true, Sasl = Users, RequiredSchemes = demanded ? ["sasl"] : [] },
    });

    private static Reply Prove(TestClient client, string user, string password) => Take(client, Response(Challenge(client), user, password));

    private static string Challenge(TestClient client) => Text(Take(client, []).Read<SaslToken>().Token).Split('"')[3];

    private static Reply Take(TestClient client, byte[] token)
    {
        client.Send(OpCode.Sasl, new SaslToken(token));
        return client.Next();
    }

    /// <summary>The client's side, from RFC 2831, for a client that speaks UTF-8.</summary>
    private static byte[] Response(string nonce, string user, string password)
    {
        byte[] login = MD5.HashData(Encoding.Latin1.GetBytes($"{user}:zk-sasl-md5:{password}"));
        string secret = Convert.ToHexStringLower(MD5.HashData([.. login, .. Encoding.ASCII.GetBytes($":{nonce}:mine")]));
        string proof = Hash($"{secret}:{nonce}:00000001:mine:auth:{Hash("AUTHENTICATE:zookeeper/zk-sasl-md5")}");
        return Encoding.UTF8.GetBytes($"charset=utf-8, username=\"{user}\", realm=\"zk-sasl-md5\", nonce=\"{nonce}\", cnonce=\"mine\", "
            + $"nc=00000001, digest-uri=zookeeper/zk-sasl-md5, response={proof}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(text)));

    private static string Text(byte[]? token) => Encoding.ASCII.GetString(Assert.IsType<byte[]>(token));
}
