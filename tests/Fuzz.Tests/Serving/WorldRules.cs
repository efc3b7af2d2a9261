using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>What holds whenever a world is at rest, whatever has arrived.</summary>
/// <param name="world">The world.</param>
internal sealed class WorldRules(FuzzWorld world)
{
    private const int PersistedStatSize = 60;

    public void Check()
    {
        CheckConnections();
        CheckSecrets();
        CheckLog();
        CheckTree();
    }

    private void CheckConnections()
    {
        Replica replica = world.Replica;
        foreach (FuzzConnection connection in world.Open)
        {
            Require(
                connection.Unanswered == 0 || connection.Link.Session is not { IsClosing: false },
                "every request is answered, or its connection ends",
                $"{connection.Unanswered} are open");
        }

        Require(replica.Statistics.Outstanding == 0, "nothing is outstanding at rest", $"{replica.Statistics.Outstanding}");
        int watches = world.Open.Sum(static connection => connection.Link.DataWatches.Count + connection.Link.ChildWatches.Count);
        Require(replica.Statistics.WatchCount == watches, "watches belong to connections", $"{replica.Statistics.WatchCount}, not {watches}");
        Require(watches <= 60, "watches are bounded", $"{watches}");
        Require(replica.Links.Count == world.Open.Count(), "connections that ended are forgotten", $"{replica.Links.Count}");
    }

    private void CheckSecrets()
    {
        foreach (string parent in (ReadOnlySpan<string>)["/secret", "/vault"])
        {
            RequireUntouched(parent, children: 1);
            RequireUntouched($"{parent}/inner", children: 0);
        }
    }

    private void RequireUntouched(string path, int children)
    {
        ZnodeStat? stat = world.Replica.State.Tree.Find(path)?.ToWireStat();
        Require(
            stat is { Version: 0, Aversion: 0 } && stat.Value.NumChildren == children && stat.Value.Cversion == children,
            "what is closed to all stays as it is",
            $"{path}: {stat}");
    }

    /// <summary>The log alone leads to the same state, and each of its transactions had the digest that it said.</summary>
    private void CheckLog()
    {
        CommittedState state = world.Replica.State;
        RecoveredState shadow = world.Shadow;
        Require(shadow.LastZxid == world.Replica.LastProcessed, "the log holds every transaction", $"{shadow.LastZxid}, not {world.Replica.LastProcessed}");
        Require(shadow.DigestMismatches == 0, "what a transaction plans is what it does", $"{shadow.DigestMismatches} digests differ");
        RequireSame(state, shadow, "the log leads to the same state");
        Require(shadow.Sessions.Count == state.Sessions.Count, "the log leads to the same state", "sessions");
        foreach (long owner in state.Tree.Indexes.SessionsWithEphemerals())
            Require(state.Sessions.TryGet(owner, out _), "ephemerals go with their session", $"0x{owner:x}");
    }

    /// <summary>Everything that is kept along the way is worked out anew from a snapshot: digest, counts, indexes.</summary>
    private void CheckTree()
    {
        using var bytes = new FrameBuffer();
        TreeSnapshot snapshot = world.Replica.BeginSnapshot();
        while (snapshot.WriteSlice(bytes, 1 << 20))
        {
            // One slice after the other; nothing changes meanwhile.
        }

        byte[] written = bytes.WrittenSpan.ToArray();
        RequireSame(
            world.Replica.State, RecoveredState.Load(new SnapshotInput(written), world.Replica.LastProcessed), "a snapshot leads to the same state");
        var children = new Dictionary<string, int>(StringComparer.Ordinal);
        List<string> paths = PathsIn(written);
        foreach (string path in paths.Where(static path => path.Length > 0))
        {
            string parent = path[..path.LastIndexOf('/')];
            children[parent] = children.GetValueOrDefault(parent) + 1;
        }

        foreach (string path in paths)
        {
            int? counted = world.Replica.State.Tree.Find(path)?.ToWireStat().NumChildren;
            Require(counted == children.GetValueOrDefault(path), "children are counted", $"{path}: {counted}, not {children.GetValueOrDefault(path)}");
        }

        Require(children.Keys.All(paths.ToHashSet(StringComparer.Ordinal).Contains), "every znode has a parent", "orphans");
    }

    private static void RequireSame(CommittedState state, RecoveredState other, string rule)
    {
        Require(other.Tree.Digest == state.Tree.Digest, rule, "digest");
        Require(other.Tree.Count == state.Tree.Count, rule, $"{other.Tree.Count} znodes, not {state.Tree.Count}");
        Require(other.Tree.ApproximateDataSize == state.Tree.ApproximateDataSize, rule, "size");
        Require(other.Tree.Indexes.EphemeralCount == state.Tree.Indexes.EphemeralCount, rule, "ephemerals");
        Require(other.Tree.Acls.Count == state.Tree.Acls.Count, rule, $"{other.Tree.Acls.Count} access lists, not {state.Tree.Acls.Count}");
    }

    private static List<string> PathsIn(byte[] snapshot)
    {
        var reader = new JuteReader(snapshot);
        for (int sessions = reader.ReadInt32(); sessions > 0; sessions--)
        {
            reader.ReadInt64();
            reader.ReadInt32();
        }

        for (int lists = reader.ReadInt32(); lists > 0; lists--)
        {
            reader.ReadInt64();
            reader.ReadAcls();
        }

        var paths = new List<string>();
        for (string path = reader.ReadString()!; path != "/"; path = reader.ReadString()!)
        {
            paths.Add(path);
            reader.ReadBufferSpan(out _);
            for (int i = 0; i < (sizeof(long) + PersistedStatSize) / sizeof(int); i++)
                reader.ReadInt32();
        }

        return paths;
    }

    private static void Require(bool holds, string rule, string detail)
    {
        if (!holds)
            throw new FuzzFailure(rule, detail);
    }

    private sealed class SnapshotInput(byte[] bytes) : ISnapshotInput
    {
        private int _position;

        private delegate T Step<T>(ref JuteReader reader);

        public int ReadInt32() => Read(static (ref reader) => reader.ReadInt32());

        public long ReadInt64() => Read(static (ref reader) => reader.ReadInt64());

        public string? ReadString() => Read(static (ref reader) => reader.ReadString());

        public byte[]? ReadBuffer() => Read(static (ref reader) => reader.ReadBuffer());

        private T Read<T>(Step<T> step)
        {
            var reader = new JuteReader(bytes.AsSpan(_position));
            T value = step(ref reader);
            _position += reader.Position;
            return value;
        }
    }
}
