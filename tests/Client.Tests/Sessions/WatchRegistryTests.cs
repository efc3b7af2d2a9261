using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>Who hears what, and what is established again.</summary>
public sealed class WatchRegistryTests
{
    private readonly WatchRegistry _registry = new();

    [Fact]
    public void A_path_with_a_recursive_watch_never_gets_a_one_shot_watch()
    {
        var znode = new Listener();
        var tree = new Listener();
        _registry.Add(WatchKind.Data, "/a", znode);
        _registry.Add(WatchKind.Recursive, "/a", tree);
        Assert.True(_registry.MayArm("/a"));
        Assert.False(_registry.Armed(WatchKind.Data, "/a", absent: false));

        _registry.RecursiveSent("/a");

        Assert.False(_registry.MayArm("/a"));
        Assert.True(_registry.MayArm("/a/b"));
        SetWatches2 batch = Assert.Single(_registry.Batches(9));
        Assert.Empty(batch.Data!);
        Assert.Equal(["/a"], batch.PersistentRecursive!);
        _registry.Dispatch(new(WatchEventType.NodeDataChanged, EventState.SyncConnected, "/a"));
        Assert.Equal(["NodeDataChanged /a"], znode.Heard);
        Assert.True(_registry.Remove(WatchKind.Recursive, "/a", tree));
        Assert.Equal(["NodeDataChanged /a", "disarmed"], znode.Heard);
        Assert.True(_registry.MayArm("/a"));
    }

    [Fact]
    public void Children_of_a_recursively_watched_path_are_news_of_its_list()
    {
        var children = new Listener();
        _registry.Add(WatchKind.Children, "/a", children);
        _registry.Add(WatchKind.Recursive, "/a", new Listener());
        _registry.RecursiveSent("/a");

        _registry.Dispatch(new(WatchEventType.NodeCreated, EventState.SyncConnected, "/a/b"));
        _registry.Dispatch(new(WatchEventType.NodeDataChanged, EventState.SyncConnected, "/a/b"));
        _registry.Dispatch(new(WatchEventType.NodeCreated, EventState.SyncConnected, "/a/b/c"));

        Assert.Equal(["NodeChildrenChanged /a"], children.Heard);
    }

    [Fact]
    public void What_fired_is_not_established_again_until_it_is_armed_again()
    {
        _registry.Add(WatchKind.Data, "/a", new Listener());
        _registry.Armed(WatchKind.Data, "/a", absent: true);
        Assert.Equal(["/a"], Assert.Single(_registry.Batches(0)).Exist!);

        _registry.Dispatch(new(WatchEventType.NodeCreated, EventState.SyncConnected, "/a"));

        Assert.Empty(_registry.Batches(0));
    }

    [Fact]
    public void Batches_hold_about_128_KiB_of_paths_and_every_path_once()
    {
        string[] paths = [.. Enumerable.Range(0, 5000).Select(i => $"/{new string('x', 90)}/{i:D8}")];
        foreach (string path in paths)
        {
            _registry.Add(WatchKind.Data, path, new Listener());
            _registry.Armed(WatchKind.Data, path, absent: false);
        }

        IReadOnlyList<SetWatches2> batches = _registry.Batches(3);

        Assert.Equal(4, batches.Count);
        Assert.All(batches, batch => Assert.InRange(batch.Data!.Sum(path => path.Length), 1, 128 * 1024));
        Assert.All(batches, batch => Assert.Equal(3, batch.RelativeZxid));
        Assert.Equal(paths, batches.SelectMany(batch => batch.Data!));
    }

    [Fact]
    public void The_last_listener_takes_the_servers_watch_with_it()
    {
        var first = new Listener();
        var second = new Listener();
        _registry.Add(WatchKind.Data, "/a", first);
        _registry.Add(WatchKind.Data, "/a", second);
        _registry.Armed(WatchKind.Data, "/a", absent: false);

        Assert.False(_registry.Remove(WatchKind.Data, "/a", first));
        Assert.True(_registry.Remove(WatchKind.Data, "/a", second));
        Assert.True(_registry.Armed(WatchKind.Data, "/a", absent: false));
        Assert.Equal(0, _registry.Count);
    }

    [Theory]
    [InlineData("h", "h:2181", "")]
    [InlineData("h1:1, h2/app/x/", "h1:1|h2:2181", "/app/x")]
    [InlineData("[::1]:3,[fe80::1],::1", "[::1]:3|[fe80::1]:2181|[::1]:2181", "")]
    public void A_connection_string_names_servers_and_chroot(string text, string servers, string chroot)
    {
        ServerList list = ServerList.Parse(text);

        Assert.Equal(servers, string.Join('|', list.Servers));
        Assert.Equal(chroot, list.Chroot);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/app")]
    [InlineData("h:0")]
    [InlineData("h:65536")]
    [InlineData("h:x")]
    [InlineData(":1")]
    [InlineData("[h]:1")]
    [InlineData("h/a//b")]
    public void A_bad_connection_string_is_refused(string text) => Assert.Throws<FormatException>(() => ServerList.Parse(text));

    private sealed class Listener : IWatchListener
    {
        public List<string> Heard { get; } = [];

        public void OnEvent(WatchEventType type, string path) => Heard.Add($"{type} {path}");

        public void OnSuspended() => Heard.Add("suspended");

        public void OnReconnected() => Heard.Add("reconnected");

        public void OnDisarmed() => Heard.Add("disarmed");
    }
}
