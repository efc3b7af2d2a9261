using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Security;

/// <summary>
/// Every operation x right x scheme x way. Which right an operation needs, and of which znode, stands in <see cref="Table"/>, written from
/// the protocol's documents and not from the code under test.
/// </summary>
public sealed class AclMatrixTests
{
    private const string SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=";
    private const string Subject = "CN=bob,O=Example";
    private const Permissions Free = Permissions.None;

    private static readonly Permissions[] Rights =
        [Permissions.None, Permissions.Read, Permissions.Write, Permissions.Create, Permissions.Delete, Permissions.Admin, Permissions.All];

    /// <summary>Operation, way, the right needed, whether it is asked of the parent, and the request for <c>/p/n</c>.</summary>
    private static readonly (string Name, Permissions Needed, bool OfParent, Func<TestClient, ErrorCode> Call)[] Table =
    [
        ("create", Permissions.Create, true, c => c.Create("/p/new").Error),
        ("create2", Permissions.Create, true, c => c.Create2("/p/new").Error),
        ("createContainer", Permissions.Create, true, c => c.Call(OpCode.CreateContainer, new CreateRequest("/p/new", [], Acl.Open, CreateMode.Container)).Error),
        ("createTTL", Permissions.Create, true, c => c.Call(OpCode.CreateTtl, new CreateTtlRequest("/p/new", [], Acl.Open, CreateMode.PersistentWithTtl, 5)).Error),
        ("delete", Permissions.Delete, true, c => c.Delete("/p/n").Error),
        ("exists", Permissions.Read, false, c => c.Exists("/p/n").Error),
        ("getData", Permissions.Read, false, c => c.GetData("/p/n").Error),
        ("setData", Permissions.Write, false, c => c.SetData("/p/n", [1]).Error),
        ("getACL", Permissions.Read | Permissions.Admin, false, c => c.Call(OpCode.GetAcl, new GetAclRequest("/p/n")).Error),
        ("setACL", Permissions.Admin, false, c => c.Call(OpCode.SetAcl, new SetAclRequest("/p/n", Acl.Open, -1)).Error),
        ("getChildren", Permissions.Read, false, c => c.GetChildren("/p/n").Error),
        ("getChildren2", Permissions.Read, false, c => c.Call(OpCode.GetChildren2, new GetChildren2Request("/p/n", false)).Error),
        ("getAllChildrenNumber", Permissions.Read, false, c => c.Call(OpCode.GetAllChildrenNumber, new GetAllChildrenNumberRequest("/p/n")).Error),
        ("sync", Free, false, c => c.Call(OpCode.Sync, new SyncRequest("/p/n")).Error),
        ("ping", Free, false, c => Ping(c)),
        ("getEphemerals", Free, false, c => c.Call(OpCode.GetEphemerals, new GetEphemeralsRequest("/p")).Error),
        ("whoAmI", Free, false, c => c.Call(OpCode.WhoAmI, default(EmptyRecord)).Error),
        ("addWatch", Permissions.Read, false, c => c.AddWatch("/p/n", AddWatchMode.Persistent).Error),
        ("setWatches", Free, false, c => c.Call(OpCode.SetWatches, new SetWatches(long.MaxValue, ["/p/n"], [], ["/p/n"])).Error),
        ("setWatches2", Free, false, c => c.Call(OpCode.SetWatches2, new SetWatches2(long.MaxValue, [], [], [], ["/p/n"], ["/p"])).Error),
        ("multi create", Permissions.Create, true, c => InMulti(c, new(OpCode.Create, "/p/new", [], Acl.Open))),
        ("multi create2", Permissions.Create, true, c => InMulti(c, new(OpCode.Create2, "/p/new", [], Acl.Open))),
        ("multi createContainer", Permissions.Create, true, c => InMulti(c, new(OpCode.CreateContainer, "/p/new", [], Acl.Open, CreateMode.Container))),
        ("multi createTTL", Permissions.Create, true, c => InMulti(c, new(OpCode.CreateTtl, "/p/new", [], Acl.Open, CreateMode.PersistentWithTtl, TimeToLive: 5))),
        ("multi delete", Permissions.Delete, true, c => InMulti(c, new(OpCode.Delete, "/p/n"))),
        ("multi setData", Permissions.Write, false, c => InMulti(c, new(OpCode.SetData, "/p/n", [1]))),
        ("multi check", Permissions.Read, false, c => InMulti(c, new(OpCode.Check, "/p/n"))),
        ("multiRead getData", Permissions.Read, false, c => InMultiRead(c, new(OpCode.GetData, "/p/n"))),
        ("multiRead getChildren", Permissions.Read, false, c => InMultiRead(c, new(OpCode.GetChildren, "/p/n"))),
    ];

    /// <summary>An access list's entry, who it is meant for, and who it is not (null: it is meant for everybody).</summary>
    private static readonly Dictionary<string, (Acl Entry, Func<ReplicaDriver, TestClient> Meant, Func<ReplicaDriver, TestClient>? Other)> Schemes = new()
    {
        ["world"] = (new(Free, "world", "anyone"), static d => d.Connect(), null),
        ["auth"] = (new(Free, "auth", ""), static d => WithDigest(d, "u:p"), static d => WithDigest(d, "u:q")),
        ["digest"] = (new(Free, "digest", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="), static d => WithDigest(d, "u:p"), static d => d.Connect()),
        ["ip"] = (new(Free, "ip", "10.1.0.0/16"), static d => d.Connect(address: "10.1.2.3"), static d => d.Connect(address: "10.2.0.1")),
        ["x509"] = (new(Free, "x509", Subject), static d => d.Connect(certificateSubject: Subject), static d => d.Connect(certificateSubject: "CN=eve")),
        ["super"] = (new(Free, "digest", "somebody:else"), static d => WithDigest(d, "super:pw"), static d => WithDigest(d, "super:wrong")),
    };

    public static TheoryData<string> Names => [.. Schemes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operation_needs_its_right_and_no_other(string scheme)
    {
        foreach ((string name, Permissions needed, bool ofParent, Func<TestClient, ErrorCode> call) in Table)
        {
            foreach (Permissions right in Rights)
            {
                foreach (bool isMeant in (bool[])[true, false])
                {
                    if (!isMeant && Schemes[scheme].Other is null)
                        continue;

                    ReplicaDriver driver = Prepare(scheme, right, ofParent);
                    bool allowed = needed == Free || (isMeant && (scheme == "super" || (right & needed) != Permissions.None));
                    ErrorCode answer = call((isMeant ? Schemes[scheme].Meant : Schemes[scheme].Other!)(driver));
                    Assert.True(
                        answer == (allowed ? ErrorCode.Ok : ErrorCode.NoAuth),
                        $"{name}, {scheme}:{right}, {(isMeant ? "meant" : "another")}: {answer}");
                }
            }
        }
    }

    /// <summary>Who may not read a znode hears nothing of it, whatever way its watch came to be; an event of a missed change is exempt.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Events_reach_only_who_may_read(string scheme)
    {
        Action<TestClient>[] ways =
        [
            static c => c.AddWatch("/p/n", AddWatchMode.Persistent),
            static c => c.AddWatch("/p", AddWatchMode.PersistentRecursive),
            static c => c.Call(OpCode.SetWatches, new SetWatches(long.MaxValue, ["/p/n"], [], [])),
            static c => c.Call(OpCode.SetWatches2, new SetWatches2(long.MaxValue, [], [], [], ["/p/n"], [])),
        ];
        foreach (Action<TestClient> leave in ways)
        {
            foreach (Permissions right in Rights)
            {
                ReplicaDriver driver = Prepare(scheme, right, ofParent: false);
                TestClient meant = Schemes[scheme].Meant(driver);
                TestClient? other = Schemes[scheme].Other?.Invoke(driver);
                leave(meant);
                if (other is not null)
                    leave(other);

                WithDigest(driver, "super:pw").SetData("/p/n", [9]);
                bool hears = scheme == "super" || right.HasFlag(Permissions.Read);
                Assert.Equal(hears ? [(WatchEventType.NodeDataChanged, "/p/n")] : [], meant.Events());
                Assert.Empty(other?.Events() ?? []);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Hashes_are_shown_to_administrators_only(string scheme)
    {
        foreach (Permissions right in (Permissions[])[Permissions.Read, Permissions.Admin, Permissions.All])
        {
            ReplicaDriver driver = Prepare(scheme, right, ofParent: false, new Acl(Permissions.Write, "digest", "secret:hash"));
            GetAclResponse acl = Schemes[scheme].Meant(driver).Call(OpCode.GetAcl, new GetAclRequest("/p/n")).Read<GetAclResponse>();
            bool shown = scheme == "super" || right.HasFlag(Permissions.Admin);
            Assert.Equal(shown ? "secret:hash" : "secret:x", acl.Acl![^1].Id);
        }
    }

    private static ReplicaDriver Prepare(string scheme, Permissions right, bool ofParent, params Acl[] more)
    {
        ReplicaDriver driver = new(new ReplicaOptions
        {
            TickMilliseconds = 2000,
            SessionIdSeedMilliseconds = 1_000_000,
            Access = new AccessRules { SuperDigest = SuperDigest, HasX509 = true },
            Rules = new WriteRules { ExtendedTypes = true },
        });
        TestClient owner = WithDigest(driver, "u:p");
        Acl[] tested = [Schemes[scheme].Entry with { Permissions = right }, .. more];
        owner.Create("/p", acl: ofParent ? tested : Acl.Open).Read<CreateResponse>();

        // Its parent may not let the owner in any more.
        WithDigest(driver, "super:pw").Create("/p/n", acl: Acl.Open).Read<CreateResponse>();
        if (!ofParent)
            Assert.Equal(ErrorCode.Ok, owner.Call(OpCode.SetAcl, new SetAclRequest("/p/n", tested, -1)).Error);
        return driver;
    }

    private static TestClient WithDigest(ReplicaDriver driver, string credentials)
    {
        TestClient client = driver.Connect();
        client.AddDigest(credentials);
        return client;
    }

    private static ErrorCode Ping(TestClient client)
    {
        client.Send(OpCode.Ping, default(EmptyRecord), WellKnownXid.Ping);
        return client.Next().Error;
    }

    private static ErrorCode InMulti(TestClient client, MultiOperation operation) => client.MultiResults(operation).Single().Error;

    private static ErrorCode InMultiRead(TestClient client, MultiOperation operation) =>
        client.Call(OpCode.MultiRead, new MultiRequest([operation])).Read<MultiResponse>().Results.Single().Error;
}
