using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>One subtree with a quota.</summary>
/// <param name="path">Its root.</param>
internal sealed class Quota(string path)
{
    /// <summary>The root of the subtree.</summary>
    public string Path { get; } = path;

    /// <summary>The znode that holds the limits.</summary>
    public string LimitsPath { get; } = QuotaTable.LimitsOf(path);

    /// <summary>The znode that holds what is used.</summary>
    public string UsagePath { get; } = QuotaTable.UsageOf(path);

    /// <summary>When it was last reported as exceeded, by the clock of transactions.</summary>
    public long? ReportedAt { get; set; }
}

/// <summary>
/// The quotas of a tree, and the usage that is kept up in their znodes. A znode <c>/zookeeper/quota/PATH/zookeeper_limits</c> puts a quota
/// on PATH, whoever creates it; the znode <c>zookeeper_stats</c> beside it holds the usage. Of several quotas above a znode the nearest
/// counts. Follows committed transactions only, so it is the same on every replica; changes of usage move no version, time or watch.
/// </summary>
internal sealed class QuotaTable
{
    private const string Root = "/zookeeper/quota";
    private const string Below = Root + "/";
    private const string LimitsName = "/zookeeper_limits";
    private const string UsageName = "/zookeeper_stats";

    private readonly DataTree _tree;
    private readonly Dictionary<string, Quota> _quotas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Quota>.AlternateLookup<ReadOnlySpan<char>> _byText;

    /// <summary>Finds the quotas of a tree and counts their usage anew, as Apache's server does after it has read a snapshot.</summary>
    public QuotaTable(DataTree tree)
    {
        _tree = tree;
        _byText = _quotas.GetAlternateLookup<ReadOnlySpan<char>>();
        if (tree.Find(Root) is { } root)
        {
            foreach (Znode znode in QuotaUsage.Descend(root))
            {
                string path = znode.Path;
                if (path.EndsWith(LimitsName, StringComparison.Ordinal) && LimitedBy(path, LimitsName) is { } limited)
                    _quotas.Add(limited, new Quota(limited));
            }
        }

        if (_quotas.Count > 0)
            CountAll();
    }

    /// <summary>Znodes that were counted one by one because somebody created a znode for usage; to be set back by whoever looks.</summary>
    public long Walked { get; set; }

    /// <summary>Whether there is no quota at all.</summary>
    public bool IsEmpty => _quotas.Count == 0;

    /// <summary>The path of the znode with the limits of a subtree.</summary>
    public static string LimitsOf(string path) => Root + path + LimitsName;

    /// <summary>The path of the znode with the usage of a subtree.</summary>
    public static string UsageOf(string path) => Root + path + UsageName;

    /// <summary>The quota that counts for a path: the nearest one at it or above.</summary>
    public Quota? Find(ReadOnlySpan<char> path)
    {
        if (_quotas.Count == 0)
            return null;

        // Down from the znode of all quotas, name by name, and not up through the path: a deep path has many ancestors, and each of
        // their paths would be hashed from its beginning.
        int nearest = 0;
        Znode? place = _tree.Find(Root);
        for (int end = 0; end < path.Length && place is { } here;)
        {
            int start = end + 1;
            int length = path[start..].IndexOf('/');
            end = length < 0 ? path.Length : start + length;
            place = _tree.FindChild(here, path[start..end]);
            if (place is { } below && _tree.FindChild(below, LimitsName.AsSpan(1)) is not null)
                nearest = end;
        }

        return nearest > 0 && _byText.TryGetValue(path[..nearest], out Quota? quota) ? quota : null;
    }

    /// <summary>A znode was created.</summary>
    public void Created(string path, int length)
    {
        if (path.StartsWith(Below, StringComparison.Ordinal))
        {
            if (LimitedBy(path, LimitsName) is { } limited)
                _quotas.TryAdd(limited, new Quota(limited));
            else if (LimitedBy(path, UsageName) is { } counted)
                Count(counted);
        }

        if (_quotas.Count > 0)
            Change(path, length, 1);
    }

    /// <summary>A znode was deleted.</summary>
    public void Deleted(string path, int length)
    {
        if (_quotas.Count == 0)
            return;

        if (path.StartsWith(Below, StringComparison.Ordinal) && LimitedBy(path, LimitsName) is { } limited)
            _quotas.Remove(limited);
        Change(path, -length, -1);
    }

    /// <summary>The data of a znode was replaced.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="difference">By how many bytes it grew.</param>
    public void DataSet(string path, int difference)
    {
        if (_quotas.Count > 0)
            Change(path, difference, 0);
    }

    /// <summary>The subtree that a znode below /zookeeper/quota speaks of. The root of the tree cannot have a quota.</summary>
    private static string? LimitedBy(string path, string name) =>
        path.EndsWith(name, StringComparison.Ordinal) && path.Length > Root.Length + name.Length ? path[Root.Length..^name.Length] : null;

    private void Change(string path, long bytes, int count)
    {
        if (Find(path) is not { } quota || _tree.Find(quota.UsagePath) is not { } znode)
            return;

        QuotaText usage = QuotaText.Read(znode.Data.Span);
        usage.Bytes = unchecked(usage.Bytes + bytes);
        usage.Count = unchecked(usage.Count + count);
        _tree.Overwrite(znode, usage.ToBytes());
    }

    private void Count(string path)
    {
        QuotaUsage usage = _tree.Find(path) is { } top ? QuotaUsage.Measure(top, known: null) : default;
        Walked += usage.Count;
        Write(path, usage);
    }

    /// <summary>Subtrees within others first: what is counted once is not walked again.</summary>
    private void CountAll()
    {
        string[] paths = [.. _quotas.Keys];
        Array.Sort(paths, static (left, right) => right.Length != left.Length
            ? right.Length.CompareTo(left.Length)
            : string.CompareOrdinal(left, right));

        Dictionary<Znode, QuotaUsage> known = [];
        foreach (string path in paths)
        {
            QuotaUsage usage = default;
            if (_tree.Find(path) is { } top)
                known[top] = usage = QuotaUsage.Measure(top, known);
            Write(path, usage);
        }
    }

    private void Write(string path, QuotaUsage usage)
    {
        if (_tree.Find(UsageOf(path)) is { } znode)
            _tree.Overwrite(znode, new QuotaText { Count = usage.Count, Bytes = usage.Bytes }.ToBytes());
    }
}
