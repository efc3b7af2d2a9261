using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

/// <summary>Snapshots in memory, without the header and seals that storage adds.</summary>
internal static class SnapshotBytes
{
    public static byte[] Of(TreeSnapshot snapshot, int slice = int.MaxValue / 2)
    {
        using var buffer = new FrameBuffer();
        while (snapshot.WriteSlice(buffer, slice))
        {
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static RecoveredState Load(byte[] bytes, Zxid zxid)
    {
        var input = new Input(bytes);
        RecoveredState state = RecoveredState.Load(input, zxid);
        Assert.Equal(bytes.Length, input.Position);
        return state;
    }

    /// <summary>Everything a tree holds, as text in order of paths.</summary>
    public static List<string> Describe(DataTree tree)
    {
        var lines = new List<string>();
        foreach (Znode znode in tree.All())
        {
            string acl = string.Join(',', tree.Acls.Get(znode.AclId));
            string data = znode.Data.IsNull ? "null" : Convert.ToHexString(znode.Data.Span);
            lines.Add($"{znode.ClientPath} {data} {acl} {znode.Stat.EphemeralOwner:x} {znode.Stat.Cversion} {znode.ToWireStat()}");
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    internal sealed class Input(byte[] bytes) : ISnapshotInput
    {
        public int Position { get; private set; }

        public int ReadInt32() => Read(static (ref JuteReader reader) => reader.ReadInt32());

        public long ReadInt64() => Read(static (ref JuteReader reader) => reader.ReadInt64());

        public string? ReadString() => Read(static (ref JuteReader reader) => reader.ReadString());

        public byte[]? ReadBuffer() => Read(static (ref JuteReader reader) => reader.ReadBuffer());

        private delegate T Step<T>(ref JuteReader reader);

        private T Read<T>(Step<T> step)
        {
            var reader = new JuteReader(bytes.AsSpan(Position));
            T value = step(ref reader);
            Position += reader.Position;
            return value;
        }
    }
}
