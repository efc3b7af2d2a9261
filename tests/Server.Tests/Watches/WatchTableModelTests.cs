using Coordination.Protocol;
using Coordination.Server.Tree;
using Coordination.Server.Watches;

namespace Coordination.Server.Tests.Watches;

/// <summary>Random watches, changes and disconnections, against tables that are as simple as can be.</summary>
public sealed class WatchTableModelTests
{
    private static readonly string[] Paths = ["/", "/a", "/a/b", "/a/b/c", "/a/c", "/b", "/ä", "/ä/b"];

    private readonly WatchTable _table = new();
    private readonly Listener[] _listeners = [.. Enumerable.Range(0, 7).Select(static _ => new Listener())];
    private readonly Dictionary<(Listener Who, string Path), WatchModes> _data = [];
    private readonly Dictionary<(Listener Who, string Path), WatchModes> _child = [];

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Everybody_hears_what_the_model_says(int seed)
    {
        var random = new Random(seed);
        for (int step = 0; step < 4_000; step++)
        {
            Listener who = _listeners[random.Next(_listeners.Length)];
            string path = Paths[random.Next(Paths.Length)];
            switch (random.Next(12))
            {
                case < 5:
                    Add(who, path, random.Next(4));
                    break;
                case 5:
                    Remove(who, path, (WatcherType)(random.Next(5) + 1));
                    break;
                case 6 when random.Next(4) == 0:
                    Forget(who);
                    break;
                default:
                    Change(path, random.Next(3));
                    break;
            }

            Assert.Equal(_data.Count + _child.Count, _table.Count);
            Assert.Equal(_data.Keys.Select(static key => key.Path).Distinct().Count(), _table.DataPathCount);
            Assert.Equal(
                _data.Keys.Where(key => key.Who == who).Select(static key => key.Path).Order(StringComparer.Ordinal),
                _table.DataEntriesOf(who).Select(entry => _table.DataPathAt(entry, who)!).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Watchers_of_one_path_hear_in_the_order_they_came()
    {
        var heard = new List<Listener>();
        foreach (Listener listener in _listeners)
        {
            listener.Heard = heard.Add;
            _table.AddData(listener, "/a");
        }

        _table.RemoveAll(_listeners[2]);
        _table.AddData(_listeners[2], "/a");
        _table.DataChanged("/a", AclTable.OpenList, 1);
        Assert.Equal([_listeners[0], _listeners[1], .. _listeners[3..], _listeners[2]], heard);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Many_watchers_of_one_path_and_many_paths_of_one_watcher_cost_no_more_each()
    {
        // Quadratic work would need minutes.
        Listener[] crowd = [.. Enumerable.Range(0, 200_000).Select(static _ => new Listener())];
        foreach (Listener listener in crowd)
            _table.AddData(listener, "/a");
        for (int i = 0; i < 200_000; i++)
            _table.AddChild(crowd[0], $"/c/{i}");
        for (int i = 0; i < 100_000; i++)
            Assert.True(_table.Remove(crowd[0], $"/c/{i}", WatcherType.Children));
        foreach (Listener listener in crowd)
            _table.RemoveAll(listener);
        Assert.Equal(0, _table.Count);
    }

    private void Add(Listener who, string path, int kind)
    {
        switch (kind)
        {
            case 0:
                _table.AddData(who, path);
                AddTo(_data, who, path, WatchModes.Standard);
                break;
            case 1:
                _table.AddChild(who, path);
                AddTo(_child, who, path, WatchModes.Standard);
                break;
            case 2:
                _table.AddPersistent(who, path);
                AddTo(_data, who, path, WatchModes.Persistent);
                AddTo(_child, who, path, WatchModes.Persistent);
                break;
            default:
                _table.AddRecursive(who, path);
                AddTo(_data, who, path, WatchModes.PersistentRecursive);
                break;
        }
    }

    private void Remove(Listener who, string path, WatcherType type)
    {
        const WatchModes All = WatchModes.Standard | WatchModes.Persistent | WatchModes.PersistentRecursive;
        (WatchModes data, WatchModes child) = type switch
        {
            WatcherType.Children => (WatchModes.None, WatchModes.Standard),
            WatcherType.Data => (WatchModes.Standard, WatchModes.None),
            WatcherType.Any => (All, All),
            WatcherType.Persistent => (WatchModes.Persistent, WatchModes.Persistent),
            _ => (WatchModes.PersistentRecursive, WatchModes.None),
        };
        bool expected = TakeFrom(_data, who, path, data) | TakeFrom(_child, who, path, child);
        Assert.Equal(expected, _table.Contains(who, path, type));
        Assert.Equal(expected, _table.Remove(who, path, type));
        Assert.False(_table.Contains(who, path, type));
    }

    private void Forget(Listener who)
    {
        _table.RemoveAll(who);
        foreach (string path in Paths)
        {
            _data.Remove((who, path));
            _child.Remove((who, path));
        }
    }

    private void Change(string path, int kind)
    {
        string parent = path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";
        foreach (Listener listener in _listeners)
            listener.Events.Clear();
        Dictionary<Listener, List<string>> expected = _listeners.ToDictionary(static l => l, static _ => new List<string>());
        switch (kind)
        {
            case 0:
                Tell(expected, [(_data, path)], path, WatchEventType.NodeDataChanged);
                _table.DataChanged(path, AclTable.OpenList, 1);
                break;
            case 1:
                Tell(expected, [(_data, path)], path, WatchEventType.NodeCreated);
                Tell(expected, [(_child, parent)], parent, WatchEventType.NodeChildrenChanged);
                _table.Created(path, AclTable.OpenList, parent, AclTable.OpenList, 1);
                break;
            default:
                Tell(expected, [(_data, path), (_child, path)], path, WatchEventType.NodeDeleted);
                Tell(expected, [(_child, parent)], parent, WatchEventType.NodeChildrenChanged);
                _table.Deleted(path, AclTable.OpenList, parent, AclTable.OpenList, 1);
                break;
        }

        foreach (Listener listener in _listeners)
            Assert.Equal(expected[listener], listener.Events);
    }

    private void Tell(
        Dictionary<Listener, List<string>> expected,
        (Dictionary<(Listener, string), WatchModes> Table, string Path)[] tables,
        string path,
        WatchEventType type)
    {
        foreach (Listener who in _listeners)
        {
            bool hears = false;
            foreach (var (table, watched) in tables)
            {
                hears |= table.ContainsKey((who, watched));
                hears |= ReferenceEquals(table, _data) && Ancestors(watched).Any(
                    above => (table.GetValueOrDefault((who, above)) & WatchModes.PersistentRecursive) != WatchModes.None);
                TakeFrom(table, who, watched, WatchModes.Standard);
            }

            if (hears)
                expected[who].Add($"{type} {path}");
        }
    }

    private static IEnumerable<string> Ancestors(string path)
    {
        while (path.Length > 1)
        {
            path = path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";
            yield return path;
        }
    }

    private static void AddTo(Dictionary<(Listener, string), WatchModes> table, Listener who, string path, WatchModes mode) =>
        table[(who, path)] = table.GetValueOrDefault((who, path)) | mode;

    private static bool TakeFrom(Dictionary<(Listener, string), WatchModes> table, Listener who, string path, WatchModes modes)
    {
        if (!table.TryGetValue((who, path), out WatchModes held) || (held & modes) == WatchModes.None)
            return false;

        if ((held & ~modes) == WatchModes.None)
            table.Remove((who, path));
        else
            table[(who, path)] = held & ~modes;
        return true;
    }

    private sealed class Listener : Watcher
    {
        public List<string> Events { get; } = [];

        public Action<Listener>? Heard { get; set; }

        public override void Notify(WatchEventType type, string path, long zxid)
        {
            Events.Add($"{type} {path}");
            Heard?.Invoke(this);
        }

        public override bool MayRead(Acl[] acl) => true;
    }
}
