using System.Security.Cryptography;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Operations;

/// <summary>What an operator decides about identities.</summary>
public sealed class IdentityTests
{
    private const string Subject = "CN=bob,O=Example";

    private static readonly Acl[] Closed = [new(Permissions.None, "world", "anyone")];

    [Fact]
    public void The_super_digest_passes_every_check_and_shows_no_name()
    {
        ReplicaDriver driver = With(new AccessRules { SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=" });
        driver.Connect().Create("/closed", acl: Closed).Read<CreateResponse>();

        TestClient admin = driver.Connect();
        Assert.Equal(ErrorCode.NoAuth, admin.GetData("/closed").Error);
        admin.AddDigest("super:pw");
        Assert.Equal(ErrorCode.Ok, admin.GetData("/closed").Error);
        Assert.Equal(
            [new ClientInfo("ip", "127.0.0.1"), new ClientInfo("super", ""), new ClientInfo("digest", "super")],
            admin.Call(OpCode.WhoAmI, default(EmptyRecord)).Read<WhoAmIResponse>().Identities!);

        TestClient other = driver.Connect();
        other.AddDigest("super:wrong");
        Assert.Equal(ErrorCode.NoAuth, other.GetData("/closed").Error);
    }

    [Fact]
    public void The_super_identity_owns_nothing()
    {
        ReplicaDriver driver = With(new AccessRules { SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=" });
        TestClient admin = driver.Connect();
        admin.AddDigest("super:pw");
        admin.Create("/a", acl: Acl.Creator).Read<CreateResponse>();
        Assert.Equal(["digest"], admin.Call(OpCode.GetAcl, new GetAclRequest("/a")).Read<GetAclResponse>().Acl!.Select(acl => acl.Scheme!));
    }

    [Fact]
    public void Digests_are_made_with_the_configured_hash()
    {
        ReplicaDriver driver = With(new AccessRules { DigestAlgorithm = HashAlgorithmName.SHA256 });
        TestClient bob = driver.Connect();
        bob.AddDigest("u:p");
        bob.Create("/a", acl: Acl.Creator).Read<CreateResponse>();
        string expected = "u:" + Convert.ToBase64String(SHA256.HashData("u:p"u8));
        Assert.Equal(expected, bob.Call(OpCode.GetAcl, new GetAclRequest("/a")).Read<GetAclResponse>().Acl![0].Id);
        Assert.Equal(expected, DigestIdentity.Create(Encoding.UTF8.GetBytes("u:p"), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void Without_the_scheme_digest_nobody_proves_one_and_no_list_may_name_one()
    {
        ReplicaDriver driver = With(new AccessRules { HasDigest = false });
        Assert.Equal(ErrorCode.InvalidAcl, driver.Connect().Create("/a", acl: [new(Permissions.All, "digest", "u:h")]).Error);
        TestClient bob = driver.Connect();
        Assert.Equal(ErrorCode.AuthFailed, bob.AddDigest("u:p").Error);
        Assert.Equal(CloseReason.AuthenticationFailed, bob.Closed);
    }

    [Fact]
    public void SkipACL_opens_every_list_and_still_checks_what_is_stored()
    {
        ReplicaDriver driver = With(new AccessRules { SkipsLists = true });
        TestClient anybody = driver.Connect();
        anybody.Create("/a", acl: [new(Permissions.Read, "digest", "u:hash")]).Read<CreateResponse>();
        Assert.Equal(ErrorCode.Ok, anybody.SetData("/a", [1]).Error);
        Assert.Equal("u:hash", anybody.Call(OpCode.GetAcl, new GetAclRequest("/a")).Read<GetAclResponse>().Acl![0].Id);
        Assert.Equal(ErrorCode.InvalidAcl, anybody.Create("/b", acl: [new(Permissions.Read, "nonsense", "x")]).Error);
    }

    [Fact]
    public void A_certificates_subject_is_an_identity()
    {
        ReplicaDriver driver = With(new AccessRules { HasX509 = true });
        TestClient bob = driver.Connect(certificateSubject: Subject);
        bob.Create("/mine", acl: Acl.Creator).Read<CreateResponse>();
        Assert.Equal([new Acl(Permissions.All, "x509", Subject)], bob.Call(OpCode.GetAcl, new GetAclRequest("/mine")).Read<GetAclResponse>().Acl!);
        Assert.Equal(ErrorCode.Ok, bob.Call(OpCode.Auth, new AuthPacket(0, "x509", null)).Error);
        Assert.Equal(
            [new ClientInfo("ip", "127.0.0.1"), new ClientInfo("x509", Subject)],
            bob.Call(OpCode.WhoAmI, default(EmptyRecord)).Read<WhoAmIResponse>().Identities!);

        Assert.Equal(ErrorCode.Ok, driver.Connect(certificateSubject: Subject).GetData("/mine").Error);
        Assert.Equal(ErrorCode.NoAuth, driver.Connect(certificateSubject: "CN=alice").GetData("/mine").Error);
        TestClient nobody = driver.Connect();
        Assert.Equal(ErrorCode.NoAuth, nobody.GetData("/mine").Error);
        Assert.Equal(ErrorCode.AuthFailed, nobody.Call(OpCode.Auth, new AuthPacket(0, "x509", Encoding.UTF8.GetBytes(Subject))).Error);
    }

    [Fact]
    public void The_super_users_certificate_passes_every_check()
    {
        ReplicaDriver driver = With(new AccessRules { HasX509 = true, SuperSubject = Subject });
        driver.Connect().Create("/closed", acl: Closed).Read<CreateResponse>();
        Assert.Equal(ErrorCode.Ok, driver.Connect(certificateSubject: Subject).GetData("/closed").Error);
        Assert.Equal(ErrorCode.NoAuth, driver.Connect(certificateSubject: Subject + "X").GetData("/closed").Error);
    }

    [Fact]
    public void Where_a_scheme_is_demanded_nothing_but_authentication_goes_before_it()
    {
        ReplicaDriver driver = With(new AccessRules { RequiredSchemes = ["digest"] });
        TestClient hasty = driver.Connect();
        Reply refused = hasty.Call(OpCode.Ping, default(EmptyRecord));
        Assert.Equal(new ReplyHeader(1, 0, ErrorCode.SessionClosedRequireAuth), refused.Header);
        Assert.Equal(CloseReason.AuthenticationFailed, hasty.Closed);

        TestClient patient = driver.Connect();
        Assert.False(Replica.MayAnswerBeside(patient.Link));
        patient.AddDigest("u:p");
        Assert.True(Replica.MayAnswerBeside(patient.Link));
        Assert.Equal(ErrorCode.Ok, patient.Create("/a").Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(300)]
    public void Each_of_many_identities_counts(int count)
    {
        ReplicaDriver driver = With(AccessRules.Default);
        TestClient owner = driver.Connect();
        owner.AddDigest($"u{count - 1}:p");
        owner.Create("/own", acl: [new(Permissions.All, "auth", "")]).Read<CreateResponse>();

        TestClient many = driver.Connect();
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(ErrorCode.NoAuth, many.GetData("/own").Error);
            many.AddDigest($"u{i}:p");
        }

        Assert.Equal(ErrorCode.Ok, many.GetData("/own").Error);
        owner.Call(OpCode.SetAcl, new SetAclRequest("/own", [new(Permissions.All, "ip", "10.0.0.0/8")], -1));
        Assert.Equal(ErrorCode.NoAuth, many.GetData("/own").Error);
    }

    [Theory]
    [InlineData(OpCode.Create)]
    [InlineData(OpCode.GetData)]
    [InlineData(OpCode.Multi)]
    [InlineData(OpCode.CloseSession)]
    [InlineData(OpCode.WhoAmI)]
    [InlineData((OpCode)4711)]
    public void No_request_is_looked_at_before_the_demanded_scheme(OpCode type)
    {
        ReplicaDriver driver = With(new AccessRules { RequiredSchemes = ["digest"] });
        int logged = driver.Log.Count;
        TestClient client = driver.Connect();
        Assert.Equal(ErrorCode.SessionClosedRequireAuth, client.Call(type, default(EmptyRecord)).Error);
        Assert.Equal(logged + 1, driver.Log.Count);
    }

    [Fact]
    public void No_read_is_answered_beside_others_before_the_demanded_scheme()
    {
        TestClient client = With(new AccessRules { RequiredSchemes = ["digest"] }).Connect();
        Assert.False(Replica.MayAnswerBeside(client.Link));
        client.AddDigest("u:p");
        Assert.True(Replica.MayAnswerBeside(client.Link));
    }

    [Fact]
    public void The_scheme_ip_is_everybodys()
    {
        ReplicaDriver driver = With(new AccessRules { RequiredSchemes = ["sasl", "ip"] });
        Assert.Equal(ErrorCode.Ok, driver.Connect().Create("/a").Error);
    }

    [Fact]
    public void An_address_is_shown_as_Java_writes_it()
    {
        TestClient client = new ReplicaDriver().Connect(address: "2001:db8::1");
        Assert.Equal(
            [new ClientInfo("ip", "2001:db8:0:0:0:0:0:1")],
            client.Call(OpCode.WhoAmI, default(EmptyRecord)).Read<WhoAmIResponse>().Identities!);
    }

    [Fact]
    public void A_connection_cannot_gather_identities_without_end()
    {
        TestClient client = new ReplicaDriver().Connect();
        ErrorCode last = ErrorCode.Ok;
        int count = 0;
        for (; last == ErrorCode.Ok; count++)
            last = client.AddDigest(new string('u', 1000) + count).Error;
        Assert.Equal(ErrorCode.AuthFailed, last);
        Assert.InRange(count, 60, 70);
    }

    private static ReplicaDriver With(AccessRules rules) =>
        new(new ReplicaOptions { TickMilliseconds = 2000, SessionIdSeedMilliseconds = 1_000_000, Access = rules });
}
