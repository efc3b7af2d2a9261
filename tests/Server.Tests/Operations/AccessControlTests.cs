using System.Net;
using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Tests.Operations;

public sealed class AccessControlTests
{
    private readonly ReplicaDriver _driver = new();

    [Theory]
    [InlineData("world", "anyone", true)]
    [InlineData("world", "someone", false)]
    [InlineData("digest", "a:b", true)]
    [InlineData("digest", "a:b:", true)]
    [InlineData("digest", ":b", true)]
    [InlineData("digest", "a:", false)]
    [InlineData("digest", "a:b:c", false)]
    [InlineData("digest", "", false)]
    [InlineData("digest", null, false)]
    [InlineData("ip", "10.0.0.1", true)]
    [InlineData("ip", "10.0.0.0/8", true)]
    [InlineData("ip", "10.0.0.0/33", false)]
    [InlineData("ip", "10.0.0.0/-1", false)]
    [InlineData("ip", "10.1", false)]
    [InlineData("ip", "10.0.0.256", false)]
    [InlineData("ip", "::1", true)]
    [InlineData("ip", "2001:db8::/32", true)]
    [InlineData("ip", "2001:db8::/129", false)]
    [InlineData("ip", "2001:db8::/", false)]
    [InlineData("ip", "1::2::3", false)]
    [InlineData("ip", "1:2:3:4:5:6:7", false)]
    [InlineData("ip", "1:2:3:4:5:6:7::8", false)]
    [InlineData("ip", "12345::", false)]
    [InlineData("ip", ":1", false)]
    [InlineData("ip", "g::", false)]
    [InlineData("ip", "::ffff:10.0.0.1", false)]
    [InlineData("ip", "fe80::1%eth0", false)]
    [InlineData("ip", "0x7f.0.0.1", false)]
    [InlineData("ip", "1.2.3.4.5", false)]
    [InlineData("ip", "1.2.3.", false)]
    [InlineData("ip", "99999999999.0.0.1", false)]
    [InlineData("ip", "", false)]
    [InlineData("x509", "CN=bob", false)]
    [InlineData("auth", "", false)]
    [InlineData("sasl", "bob", false)]
    [InlineData("super", "", false)]
    [InlineData(null, "anyone", false)]
    public void A_list_is_accepted_by_its_schemes_rules(string? scheme, string? id, bool valid)
    {
        TestClient client = _driver.Connect();
        Reply reply = client.Create("/a", acl: [new(Permissions.All, scheme, id)]);
        Assert.Equal(valid ? ErrorCode.Ok : ErrorCode.InvalidAcl, reply.Error);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.200.3.4", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.128/25", "10.0.0.129", true)]
    [InlineData("10.0.0.128/25", "10.0.0.127", false)]
    [InlineData("10.0.0.7", "10.0.0.7", true)]
    [InlineData("10.0.0.7", "10.0.0.8", false)]
    [InlineData("0.0.0.0/0", "10.0.0.8", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("::a00:1", "::a00:1", true)]
    [InlineData("1:2:3:4:5:6:7:8/112", "1:2:3:4:5:6:7:9", true)]
    [InlineData("010.0.0.1", "10.0.0.1", true)]
    [InlineData("010.0.0.1", "8.0.0.1", false)]
    public void An_address_range_covers_its_prefix(string range, string address, bool covered) =>
        Assert.Equal(covered, AddressRange.Contains(range, address));

    [Fact]
    public void Every_list_of_addresses_is_asked_whichever_was_asked_before()
    {
        TestClient open = _driver.Connect();
        open.Create("/near", acl: [new(Permissions.Read, "ip", "10.1.0.0/16"), new(Permissions.Write, "ip", "10.2.0.0/16")]).Read<CreateResponse>();
        open.Create("/far", acl: [new(Permissions.Read, "ip", "10.2.0.0/16"), new(Permissions.Write, "ip", "10.1.0.0/16")]).Read<CreateResponse>();
        TestClient client = _driver.Connect(address: "10.1.2.3");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.Ok, client.GetData("/near").Error);
            Assert.Equal(ErrorCode.Ok, client.GetData("/near").Error);
            Assert.Equal(ErrorCode.NoAuth, client.SetData("/near", [1]).Error);
            Assert.Equal(ErrorCode.NoAuth, client.GetData("/far").Error);
            Assert.Equal(ErrorCode.Ok, client.SetData("/far", [1]).Error);
        }
    }

    [Fact]
    public void An_address_rule_lets_in_who_connects_from_there()
    {
        TestClient near = _driver.Connect(address: "10.1.2.3");
        near.Create("/a", acl: [new(Permissions.All, "ip", "10.1.0.0/16")]).Read<CreateResponse>();
        Assert.Equal(ErrorCode.Ok, _driver.Connect(address: "10.1.200.1").GetData("/a").Error);
        Assert.Equal(ErrorCode.Ok, _driver.Connect(address: "::ffff:10.1.0.9").GetData("/a").Error);
        Assert.Equal(ErrorCode.NoAuth, _driver.Connect(address: "10.2.0.1").GetData("/a").Error);
    }

    [Fact]
    public void The_scheme_auth_stands_for_the_proved_identities()
    {
        TestClient bob = _driver.Connect();
        Assert.Equal(new ReplyHeader(1, 0, ErrorCode.Ok), bob.AddDigest("u:p").Header);
        bob.AddDigest("u:p");
        bob.Create("/mine", acl: Acl.Creator).Read<CreateResponse>();
        GetAclResponse read = bob.Call(OpCode.GetAcl, new GetAclRequest("/mine")).Read<GetAclResponse>();
        Assert.Equal([new Acl(Permissions.All, "digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=")], read.Acl!);
        Assert.Equal(ErrorCode.NoAuth, _driver.Connect().GetData("/mine").Error);
        TestClient again = _driver.Connect();
        again.AddDigest("u:p");
        Assert.Equal(ErrorCode.Ok, again.GetData("/mine").Error);
    }

    [Fact]
    public void Hashes_are_hidden_from_who_may_not_administer()
    {
        TestClient bob = _driver.Connect();
        bob.AddDigest("u:p");
        bob.Create("/m", acl: [new(Permissions.All, "auth", ""), new(Permissions.Read, "world", "anyone"), new(Permissions.Read, "ip", "1.2.3.4")])
            .Read<CreateResponse>();
        GetAclResponse read = _driver.Connect().Call(OpCode.GetAcl, new GetAclRequest("/m")).Read<GetAclResponse>();
        Assert.Equal(["u:x", "anyone", "1.2.3.4"], read.Acl!.Select(acl => acl.Id!));
    }

    [Fact]
    public void Duplicates_go_and_odd_permissions_stay()
    {
        TestClient client = _driver.Connect();
        Acl odd = new((Permissions)(31 | 64), "world", "anyone");
        client.Create("/a", acl: [odd, new(Permissions.None, "ip", "1.2.3.4"), odd]).Read<CreateResponse>();
        Assert.Equal([odd, new(Permissions.None, "ip", "1.2.3.4")], client.Call(OpCode.GetAcl, new GetAclRequest("/a")).Read<GetAclResponse>().Acl!);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("world")]
    [InlineData("sasl")]
    [InlineData(null)]
    public void Unknown_credentials_end_the_connection(string? scheme)
    {
        TestClient client = _driver.Connect();
        client.Send(OpCode.Auth, new AuthPacket(0, scheme, [1]), xid: WellKnownXid.Auth);
        Assert.Equal(new ReplyHeader(WellKnownXid.Auth, 0, ErrorCode.AuthFailed), client.Next().Header);
        Assert.Equal(Server.Replication.CloseReason.AuthenticationFailed, client.Closed);
    }

    [Fact]
    public void The_address_needs_no_credentials_and_a_password_may_lack_its_user()
    {
        TestClient client = _driver.Connect();
        Assert.Equal(ErrorCode.Ok, client.Call(OpCode.Auth, new AuthPacket(0, "ip", null)).Error);
        Assert.Equal(ErrorCode.Ok, client.AddDigest("nocolon").Error);
        Assert.Equal(ErrorCode.AuthFailed, client.Call(OpCode.Auth, new AuthPacket(0, "digest", null)).Error);
    }

    [Fact]
    public void Whoever_is_super_passes_every_check()
    {
        Acl[] nobody = [new(Permissions.None, "world", "anyone")];
        Identities somebody = new(AccessRules.Default, IPAddress.Loopback);
        Assert.False(AccessControl.Allows(nobody, Permissions.Read, somebody));
        Assert.True(AccessControl.Allows([], Permissions.Admin, somebody));
        somebody.Add(new Identity(AccessControl.SuperScheme, ""));
        Assert.True(AccessControl.Allows(nobody, Permissions.Admin, somebody));
    }

    [Fact]
    public void Rights_to_create_and_delete_are_those_of_the_parent()
    {
        TestClient client = _driver.Connect();
        client.Create("/p", acl: [new(Permissions.Create | Permissions.Read, "world", "anyone")]).Read<CreateResponse>();
        client.Create("/p/c", acl: [new(Permissions.None, "world", "anyone")]).Read<CreateResponse>();
        Assert.Equal(ErrorCode.NoAuth, client.Delete("/p/c").Error);
        Assert.Equal(ErrorCode.NoAuth, client.SetData("/p", []).Error);
        Assert.Equal(ErrorCode.NoAuth, client.GetData("/p/c").Error);
        Assert.Equal(ErrorCode.NotEmpty, client.Delete("/p").Error);
    }
}
