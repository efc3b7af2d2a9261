using Coordination.Protocol;

namespace Coordination.Server.Tests.Watches;

public sealed class WatchMatrixTests
{
    private const string P = "/w/p";

    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;
    private readonly TestClient _other;

    public WatchMatrixTests()
    {
        _client = _driver.Connect();
        _other = _driver.Connect();
        _other.Made("/w");
    }

    // mode, change, events: C created, D deleted, M data changed, K children changed, with the path.
    public static TheoryData<string, string, string> Matrix => new()
    {
        { "exists", "create", "C/w/p" },
        { "exists", "create delete", "C/w/p" },
        { "data", "set", "M/w/p" },
        { "data", "set set", "M/w/p" },
        { "data", "delete", "D/w/p" },
        { "data", "child", "" },
        { "data", "acl", "" },
        { "children", "child", "K/w/p" },
        { "children", "child unchild", "K/w/p" },
        { "children", "set", "" },
        { "children", "delete", "D/w/p" },
        { "children", "acl", "" },
        { "data children", "delete", "D/w/p" },
        { "data children", "set child", "M/w/p K/w/p" },
        { "persistent", "set set child unchild delete create", "M/w/p M/w/p K/w/p K/w/p D/w/p C/w/p" },
        { "persistent", "grandchild", "K/w/p" },
        { "recursive", "set set child unchild delete create", "M/w/p M/w/p C/w/p/c D/w/p/c D/w/p C/w/p" },
        { "recursive", "grandchild", "C/w/p/c C/w/p/c/g" },
        { "above", "set child delete", "M/w/p C/w/p/c D/w/p/c D/w/p" },
        { "root", "set child", "M/w/p C/w/p/c" },
        { "persistent recursive", "set child", "M/w/p C/w/p/c K/w/p" },
        { "data persistent recursive", "set set", "M/w/p M/w/p" },
        { "recursive above root", "set delete", "M/w/p D/w/p" },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Each_mode_hears_of_each_change_what_Apache_tells(string modes, string changes, string expected)
    {
        if (!modes.StartsWith("exists", StringComparison.Ordinal))
            _other.Made(P);
        foreach (string mode in modes.Split(' '))
            Register(mode);
        foreach (string change in changes.Split(' '))
            Change(change);
        Assert.Equal(expected, string.Join(' ', _client.Events().Select(Text)));
    }

    [Fact]
    public void Registering_twice_gives_one_event()
    {
        _other.Made(P);
        for (int i = 0; i < 2; i++)
        {
            Register("data");
            Register("persistent");
            Register("recursive");
        }

        Assert.Equal(2, _driver.Replica.Statistics.WatchCount);
        Change("set");
        Assert.Single(_client.Events());
    }

    [Fact]
    public void An_event_bears_the_zxid_of_its_transaction()
    {
        _other.Made(P);
        Register("data");
        long zxid = _other.SetData(P, [1]).Zxid;
        Assert.Equal(new ReplyHeader(WellKnownXid.Notification, zxid, ErrorCode.Ok), _client.Next().Header);
    }

    [Fact]
    public void The_event_of_ones_own_write_comes_before_its_reply()
    {
        _client.Made("/mine");
        _client.GetData("/mine", watch: true);
        _client.Send(OpCode.SetData, new SetDataRequest("/mine", [1], -1));
        Assert.Equal((WatchEventType.NodeDataChanged, "/mine"), _client.NextEvent());
        Assert.False(_client.Next().IsEvent);
    }

    [Fact]
    public void No_read_shows_a_change_before_its_event()
    {
        _other.Made(P);
        Register("data");
        _driver.AutoPersist = false;
        _other.Send(OpCode.SetData, new SetDataRequest(P, [7], -1));
        Assert.Equal(0, _client.GetData(P).Read<GetDataResponse>().Stat.Version);
        _driver.Persist();
        Assert.Equal((WatchEventType.NodeDataChanged, P), _client.NextEvent());
        Assert.Equal(1, _client.GetData(P).Read<GetDataResponse>().Stat.Version);
    }

    [Fact]
    public void A_failed_read_leaves_no_watch()
    {
        _client.GetData("/none", watch: true);
        _client.GetChildren("/none", watch: true);
        _client.Exists("/none\0", watch: true);
        Assert.Equal(0, _driver.Replica.Statistics.WatchCount);
    }

    [Fact]
    public void Watches_go_with_their_connection()
    {
        _other.Made(P);
        Register("data");
        Register("persistent");
        Register("recursive");
        Assert.Equal(2, _driver.Replica.Statistics.WatchCount);
        _client.Disconnect();
        Assert.Equal(0, _driver.Replica.Statistics.WatchCount);
        Change("set");
        Assert.Equal(0, _client.Waiting);
    }

    [Fact]
    public void Who_may_not_read_a_znode_hears_nothing_and_the_one_shot_watch_is_used_up()
    {
        _other.Made(P);
        Register("data");
        Register("recursive");
        _other.Call(OpCode.SetAcl, new SetAclRequest(P, [new(Permissions.Write | Permissions.Admin | Permissions.Delete, "world", "anyone")], -1));
        Change("set");
        Assert.Empty(_client.Events());
        _other.Call(OpCode.SetAcl, new SetAclRequest(P, Acl.Open, -1));
        Assert.Equal(1, _driver.Replica.Statistics.WatchCount);
        Change("set");
        Assert.Single(_client.Events());
    }

    [Fact]
    public void Changed_children_are_told_by_the_parents_list_and_a_deletion_by_the_list_the_znode_had()
    {
        _other.Made(P);
        _other.Create(P + "/secret", acl: [new(Permissions.None, "world", "anyone")]).Read<CreateResponse>();
        Register("persistent");
        _client.AddWatch(P + "/secret", AddWatchMode.Persistent);
        _other.Delete(P + "/secret").Read<EmptyRecord>();
        Assert.Equal([(WatchEventType.NodeChildrenChanged, P)], _client.Events());
    }

    [Fact]
    public void Every_watcher_of_a_path_hears_once()
    {
        _other.Made(P);
        TestClient[] crowd = [.. Enumerable.Range(0, 50).Select(_ => _driver.Connect())];
        foreach (TestClient one in crowd)
        {
            one.GetData(P, watch: true);
            one.AddWatch("/", AddWatchMode.PersistentRecursive);
        }

        Change("set");
        Assert.All(crowd, one => Assert.Single(one.Events()));
        Change("set");
        Assert.All(crowd, one => Assert.Single(one.Events()));
    }

    private static string Text((WatchEventType Type, string Path) one) => one.Type switch
    {
        WatchEventType.NodeCreated => "C" + one.Path,
        WatchEventType.NodeDeleted => "D" + one.Path,
        WatchEventType.NodeDataChanged => "M" + one.Path,
        _ => "K" + one.Path,
    };

    private void Register(string mode)
    {
        Reply reply = mode switch
        {
            "exists" => _client.Exists(P, watch: true),
            "data" => _client.GetData(P, watch: true),
            "children" => _client.GetChildren(P, watch: true),
            "persistent" => _client.AddWatch(P, AddWatchMode.Persistent),
            "recursive" => _client.AddWatch(P, AddWatchMode.PersistentRecursive),
            "above" => _client.AddWatch("/w", AddWatchMode.PersistentRecursive),
            _ => _client.AddWatch("/", AddWatchMode.PersistentRecursive),
        };
        Assert.Contains(reply.Error, new[] { ErrorCode.Ok, ErrorCode.NoNode });
    }

    private void Change(string change)
    {
        switch (change)
        {
            case "create":
                _other.Made(P);
                break;
            case "set":
                _other.SetData(P, [1]).Read<SetDataResponse>();
                break;
            case "acl":
                _other.Call(OpCode.SetAcl, new SetAclRequest(P, Acl.Open, -1)).Read<SetAclResponse>();
                break;
            case "child":
                _other.Made(P + "/c");
                break;
            case "grandchild":
                _other.Made(P + "/c");
                _other.Made(P + "/c/g");
                break;
            case "unchild":
                _other.Delete(P + "/c").Read<EmptyRecord>();
                break;
            default:
                if (_other.Exists(P + "/c").Error == ErrorCode.Ok)
                    _other.Delete(P + "/c");
                _other.Delete(P).Read<EmptyRecord>();
                break;
        }
    }
}
