using System.Buffers.Binary;
using System.Security.Cryptography;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Storage;

/// <summary>A directory and the state after each of its transactions, to hold against what becomes of it when it is damaged.</summary>
internal sealed class GoldenStates
{
    private const string Root = "/golden";
    private readonly Dictionary<long, UInt128> _states = [];
    private readonly Dictionary<UInt128, long> _rebuilt = [];

    public GoldenStates(string name, string source)
    {
        Name = name;
        Files = System.IO.Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.Combine(Root, Path.GetRelativePath(source, path)), File.ReadAllBytes, StringComparer.Ordinal);
        MutantDisk disk = new(Files);
        StorageOptions options = Options;
        SnapshotStore snapshots = new(disk, options.SnapshotFiles, options.MaxEntryLength);
        RecoveredState state = new();
        _states[0] = Fingerprint(state);
        new LogReader(disk, options.LogFiles, options.MaxEntryLength).Read(Zxid.Zero, (zxid, entry) =>
        {
            state.Replay(entry);
            _states[zxid.Value] = Fingerprint(state);
        });
        Last = state.LastZxid.Value;
        Assert.True(snapshots.Files().Count > 0);
        Assert.Equal((Last, Last), (Open(disk).Last, Last));
    }

    public static StorageOptions Options => new() { DataDirectory = Root };

    public string Name { get; }

    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>The last transaction.</summary>
    public long Last { get; }

    /// <summary>Opens a directory, rebuilds the tree, and says at which transaction it is; a state that never was fails the test.</summary>
    /// <exception cref="StorageException">The refusal.</exception>
    public (long Last, IReadOnlyList<string> Notes) Open(MutantDisk disk)
    {
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        if (engine.Recovery.Snapshot is null)
            return (-1, engine.Recovery.Notes);

        // The same bytes give the same tree; only what is new has to be rebuilt.
        UInt128 read = Hash(disk.Files[engine.Recovery.Snapshot.Value.Path]) + (UInt128)engine.Recovery.Snapshot.Value.Last.Value;
        engine.Recovery.Replay((_, entry) => read = (read * 31) + Hash(entry));
        if (_rebuilt.TryGetValue(read, out long known))
            return (known, engine.Recovery.Notes);

        // On two threads, as a start does where there is much; all other tests start with little.
        RecoveredState state = StateRebuild.Run(engine.Recovery, loadAhead: true, replayAhead: true, out _);
        long last = state.LastZxid.Value;
        Assert.True(_states.TryGetValue(last, out UInt128 expected) && expected == Fingerprint(state), $"a state at 0x{last:x} that never was");
        _rebuilt[read] = last;
        return (last, engine.Recovery.Notes);
    }

    /// <summary>Everything that is persistent, whatever the numbers of access lists and the order of znodes.</summary>
    private static UInt128 Fingerprint(RecoveredState state)
    {
        using FrameBuffer body = new();
        TreeSnapshot snapshot = state.Tree.BeginSnapshot(state.LastZxid, []);
        while (snapshot.WriteSlice(body, 1 << 20))
        {
        }

        UInt128 sum = 0;
        JuteReader reader = new(body.WrittenSpan);
        _ = reader.ReadInt32();
        Dictionary<long, Acl[]> lists = [];
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
            lists.Add(reader.ReadInt64(), reader.ReadAcls()!);
        using FrameBuffer one = new();
        while (reader.ReadString() is { } path && path != "/")
        {
            one.Clear();
            var writer = new JuteWriter(one);
            writer.WriteString(path);
            byte[]? data = reader.ReadBuffer();

            // What a quota counts is the server's own note and stands in no transaction.
            writer.WriteBuffer(path.EndsWith("/zookeeper_stats", StringComparison.Ordinal) ? null : data);
            long acl = reader.ReadInt64();
            writer.WriteAcls(lists.GetValueOrDefault(acl) ?? Acl.Open);
            for (int i = 0; i < 15; i++)
                writer.WriteInt32(reader.ReadInt32());
            writer.Flush();
            sum += Hash(one.WrittenSpan);
        }

        foreach (Server.Sessions.Session session in state.Sessions.Ordered())
            sum += Hash(BitConverter.GetBytes(session.Id ^ ((long)session.TimeoutMilliseconds << 13)));
        return sum;
    }

    private static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
