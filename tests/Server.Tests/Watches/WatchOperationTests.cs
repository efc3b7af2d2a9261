using Coordination.Protocol;

namespace Coordination.Server.Tests.Watches;

public sealed class WatchOperationTests
{
    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;
    private readonly TestClient _other;

    public WatchOperationTests()
    {
        _client = _driver.Connect();
        _other = _driver.Connect();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void An_unknown_mode_is_refused(int mode) => Assert.Equal(ErrorCode.MarshallingError, _client.AddWatch("/", (AddWatchMode)mode).Error);

    [Fact]
    public void A_persistent_watch_does_not_ask_for_existence()
    {
        Assert.Equal(ErrorCode.Ok, _client.AddWatch("/absent", AddWatchMode.Persistent).Read<ErrorResponse>().Error);
        _other.Made("/absent");
        Assert.Equal([(WatchEventType.NodeCreated, "/absent")], _client.Events());
    }

    public static TheoryData<string, WatcherType, bool> Holdings => new()
    {
        { "data", WatcherType.Data, true },
        { "data", WatcherType.Children, false },
        { "data", WatcherType.Persistent, false },
        { "data", WatcherType.Any, true },
        { "children", WatcherType.Children, true },
        { "children", WatcherType.Data, false },
        { "persistent", WatcherType.Persistent, true },
        { "persistent", WatcherType.PersistentRecursive, false },
        { "persistent", WatcherType.Any, true },
        { "recursive", WatcherType.PersistentRecursive, true },
        { "recursive", WatcherType.Persistent, false },
        { "recursive", WatcherType.Data, false },
        { "none", WatcherType.Any, false },
    };

    [Theory]
    [MemberData(nameof(Holdings))]
    public void Watches_are_checked_and_removed_by_their_type(string held, WatcherType type, bool found)
    {
        _other.GetData("/", watch: true);
        _other.AddWatch("/", AddWatchMode.Persistent);
        Hold(held);
        ErrorCode expected = found ? ErrorCode.Ok : ErrorCode.NoWatcher;
        Assert.Equal(expected, _client.Error(OpCode.CheckWatches, new CheckWatchesRequest("/", type)));
        Assert.Equal(expected, _client.Error(OpCode.RemoveWatches, new RemoveWatchesRequest("/", type)));
        Assert.Equal(ErrorCode.NoWatcher, _client.Error(OpCode.RemoveWatches, new RemoveWatchesRequest("/", type)));
        _driver.Connect().SetData("/", [1]);
        Assert.Equal(held is "none" or "children" || found, _client.Waiting == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void An_unknown_type_is_refused(int type)
    {
        Assert.Equal(ErrorCode.MarshallingError, _client.Error(OpCode.CheckWatches, new CheckWatchesRequest("/", (WatcherType)type)));
        Assert.Equal(ErrorCode.MarshallingError, _client.Error(OpCode.RemoveWatches, new RemoveWatchesRequest("/", (WatcherType)type)));
    }

    [Fact]
    public void Removing_one_mode_leaves_the_others()
    {
        Hold("data");
        Hold("persistent");
        Hold("recursive");
        _client.Call(OpCode.RemoveWatches, new RemoveWatchesRequest("/", WatcherType.Persistent));
        _other.SetData("/", [1]);
        Assert.Single(_client.Events());
        _other.SetData("/", [1]);
        Assert.Single(_client.Events());
        _client.Call(OpCode.RemoveWatches, new RemoveWatchesRequest("/", WatcherType.PersistentRecursive));
        _other.SetData("/", [1]);
        Assert.Empty(_client.Events());
    }

    // list, what happened while away, event told at once, event told at the next change.
    public static TheoryData<string, string, string, string> Reconnects => new()
    {
        { "data", "nothing", "", "M" },
        { "data", "set", "M", "" },
        { "data", "delete", "D", "" },
        { "data", "recreate", "M", "" },
        { "data", "child", "", "M" },
        { "exist", "nothing", "C", "" },
        { "exist", "delete", "", "C" },
        { "child", "nothing", "", "K" },
        { "child", "child", "K", "" },
        { "child", "delete", "D", "" },
        { "child", "set", "", "K" },
        { "persistent", "set", "", "MK" },
        { "persistent", "delete", "", "C" },
        { "recursive", "delete", "", "C" },
        { "recursive", "child", "", "MC" },
    };

    [Theory]
    [MemberData(nameof(Reconnects))]
    public void Watches_are_taken_up_again_after_a_reconnect(string list, string meanwhile, string atOnce, string later)
    {
        _other.Made("/p");
        long seen = _driver.Replica.LastProcessed.Value;
        switch (meanwhile)
        {
            case "set":
                _other.SetData("/p", [1]);
                break;
            case "child":
                _other.Made("/p/x");
                break;
            case "delete":
                _other.Delete("/p");
                break;
            case "recreate":
                _other.Delete("/p");
                _other.Made("/p");
                break;
        }

        string[] Only(string name) => name == list ? ["/p"] : [];
        int xid = _client.Send(
            OpCode.SetWatches2,
            new SetWatches2(seen, Only("data"), Only("exist"), Only("child"), Only("persistent"), Only("recursive")));
        var told = new List<Reply>();
        for (Reply next = _client.Next(); ; next = _client.Next())
        {
            if (!next.IsEvent)
            {
                Assert.Equal(new ReplyHeader(xid, _driver.Replica.LastProcessed.Value, ErrorCode.Ok), next.Header);
                Assert.Empty(next.Body);
                break;
            }

            Assert.Equal(-1, next.Zxid);
            told.Add(next);
        }

        Assert.Equal(atOnce, string.Concat(told.Select(one => Letter(one.Event().Type))));
        if (_other.Exists("/p").Error == ErrorCode.Ok)
        {
            _other.SetData("/p", [2]);
            _other.Made("/p/y");
        }
        else
        {
            _other.Made("/p");
        }

        Assert.Equal(later, string.Concat(_client.Events().Select(one => Letter(one.Type))));
    }

    [Fact]
    public void The_first_form_knows_three_lists_and_echoes_the_xid_of_the_C_client()
    {
        _client.Send(OpCode.SetWatches, new SetWatches(long.MaxValue, ["/"], ["/absent"], ["/"]), WellKnownXid.SetWatches);
        Assert.Equal(WellKnownXid.SetWatches, _client.Next().Header.Xid);
        _other.Made("/absent");
        Assert.Equal([(WatchEventType.NodeCreated, "/absent"), (WatchEventType.NodeChildrenChanged, "/")], _client.Events());
    }

    [Fact]
    public void A_missing_list_is_refused_and_what_stands_before_it_counts()
    {
        int xid = _client.Send(OpCode.SetWatches, new SetWatches(0, ["/absent"], null, ["/"]));
        Assert.Equal((WatchEventType.NodeDeleted, "/absent"), _client.NextEvent());
        Assert.Equal(new ReplyHeader(xid, _driver.Replica.LastProcessed.Value, ErrorCode.MarshallingError), _client.Next().Header);
        Assert.Equal(0, _driver.Replica.Statistics.WatchCount);
    }

    [Fact]
    public void The_figures_of_the_data_table_stand_apart()
    {
        Hold("data");
        Hold("children");
        _other.AddWatch("/x", AddWatchMode.Persistent);
        var watches = _driver.Replica.State.Watches!;
        Assert.Equal((4, 2, 2), (watches.Count, watches.DataCount, watches.DataPathCount));
    }

    private static char Letter(WatchEventType type) => type switch
    {
        WatchEventType.NodeCreated => 'C',
        WatchEventType.NodeDeleted => 'D',
        WatchEventType.NodeDataChanged => 'M',
        _ => 'K',
    };

    private void Hold(string mode)
    {
        switch (mode)
        {
            case "data":
                _client.GetData("/", watch: true);
                break;
            case "children":
                _client.GetChildren("/", watch: true);
                break;
            case "persistent":
                _client.AddWatch("/", AddWatchMode.Persistent);
                break;
            case "recursive":
                _client.AddWatch("/", AddWatchMode.PersistentRecursive);
                break;
        }
    }

    [Theory]
    [InlineData(AddWatchMode.Persistent)]
    [InlineData(AddWatchMode.PersistentRecursive)]
    public void Who_may_not_read_a_znode_may_not_watch_it(AddWatchMode mode)
    {
        _client.Create("/hidden", acl: [new(Permissions.Write, "world", "anyone")]);
        Assert.Equal(ErrorCode.NoAuth, _client.AddWatch("/hidden", mode).Error);
        Assert.Equal(ErrorCode.MarshallingError, _client.AddWatch("/hidden", (AddWatchMode)7).Error);
        Assert.Equal(ErrorCode.Ok, _client.AddWatch("/none", mode).Error);
        _client.Create("/none", acl: [new(Permissions.Write, "world", "anyone")]);
        _client.SetData("/hidden", [1]);
        Assert.Empty(_client.Events());
    }

    [Fact]
    public void Watches_set_again_tell_nothing_of_what_may_not_be_read()
    {
        Acl[] hidden = [new(Permissions.Write | Permissions.Create, "world", "anyone")];
        _client.Create("/d", acl: hidden);
        _client.Create("/c", acl: hidden);
        _client.Create("/e", acl: hidden);
        _client.Made("/open");
        string[] all = ["/d", "/c", "/e", "/open", "/none"];
        Assert.Equal(ErrorCode.Ok, Last(new SetWatches2(0, all, all, all, [], []), out List<(WatchEventType, string)> events));
        Assert.Equal(
            [
                (WatchEventType.NodeDataChanged, "/open"), (WatchEventType.NodeDeleted, "/none"), (WatchEventType.NodeCreated, "/open"),
                (WatchEventType.NodeChildrenChanged, "/open"), (WatchEventType.NodeDeleted, "/none"),
            ],
            events);
    }

    private ErrorCode Last(SetWatches2 request, out List<(WatchEventType, string)> events)
    {
        int xid = _client.Send(OpCode.SetWatches2, request);
        events = [];
        while (true)
        {
            Reply next = _client.Next();
            if (next.Header.Xid == xid)
                return next.Error;
            WatcherEvent read = next.Event();
            events.Add((read.Type, read.Path));
        }
    }
}
