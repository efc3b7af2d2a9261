using System.Text;
using System.Text.Unicode;
using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// Reads what <see cref="TreeSnapshot"/> or Apache's server has written, up to and including the terminator before the first seal. It
/// knows no tree: what it reads can be put into one by somebody else, while it reads on.
/// </summary>
/// <param name="input">Positioned behind the file header; left behind the terminator.</param>
internal sealed class SnapshotDecoder(ISnapshotInput input)
{
    private const string Terminator = "/";
    private byte[] _path = new byte[256];

    /// <summary>Bytes of the whole, if that is known; else 0.</summary>
    public long SizeHint => input.SizeHint;

    /// <summary>Reads the sessions, which come first.</summary>
    /// <exception cref="JuteFormatException">The content is no snapshot; what the input itself throws passes through.</exception>
    public List<PersistedSession> ReadSessions()
    {
        int count = input.ReadInt32();
        if (count < 0)
            throw Invalid($"{count} sessions");

        // The list grows with what is really there; a count alone allocates nothing.
        var sessions = new List<PersistedSession>();
        for (int i = 0; i < count; i++)
            sessions.Add(new PersistedSession(input.ReadInt64(), input.ReadInt32()));
        return sessions;
    }

    /// <summary>Reads the access lists, which follow the sessions.</summary>
    public void ReadAcls(AclTable table)
    {
        int count = input.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            long id = input.ReadInt64();
            int entries = input.ReadInt32();
            var list = new List<Acl>();
            for (int j = 0; j < entries; j++)
                list.Add(new Acl((Permissions)input.ReadInt32(), input.ReadString(), input.ReadString()));
            table.Restore(id, [.. list]);
        }
    }

    /// <summary>Reads znodes until a part is full.</summary>
    /// <returns>False when the terminator has been read; the part may hold znodes then, too.</returns>
    public bool ReadZnodes(SnapshotPart part)
    {
        while (!part.IsFull)
        {
            if (!ReadZnode(part))
                return false;
        }

        return true;
    }

    private bool ReadZnode(SnapshotPart part)
    {
        ReadOnlySpan<byte> text = input.ReadSpan(out bool isNull);
        if (isNull)
            throw Invalid("a znode has no path");

        Span<char> room = part.RoomForPath(text.Length);
        ReadOnlySpan<char> path = room[..Encoding.UTF8.GetChars(text, room)];
        if (path is Terminator)
            return false;

        ReadOnlySpan<byte> bytes = Keep(text, path);
        ReadOnlySpan<byte> data = part.KeepData(input.ReadSpan(out bool hasNone));
        long aclId = input.ReadInt64();
        PersistedStat stat = ReadStat();
        part.Add(path.Length, data.Length, !hasNone, aclId, stat, TreeDigest.OfZnode(bytes, data, stat));
        return true;
    }

    /// <summary>The path in the bytes that a tree keeps: those of the file, unless they are no UTF-8.</summary>
    private ReadOnlySpan<byte> Keep(ReadOnlySpan<byte> text, ReadOnlySpan<char> path)
    {
        bool isValid = Utf8.IsValid(text);
        int size = isValid ? text.Length : Encoding.UTF8.GetByteCount(path);
        if (size > _path.Length)
            _path = new byte[size * 2];
        if (isValid)
            text.CopyTo(_path);
        else
            Encoding.UTF8.GetBytes(path, _path);
        return _path.AsSpan(0, size);
    }

    private PersistedStat ReadStat() => new()
    {
        Czxid = input.ReadInt64(),
        Mzxid = input.ReadInt64(),
        Ctime = input.ReadInt64(),
        Mtime = input.ReadInt64(),
        Version = input.ReadInt32(),
        Cversion = input.ReadInt32(),
        Aversion = input.ReadInt32(),
        EphemeralOwner = input.ReadInt64(),
        Pzxid = input.ReadInt64(),
    };

    /// <summary>What is wrong with a content that its checksums vouch for.</summary>
    public static JuteFormatException Invalid(string detail) =>
        new(JuteError.InvalidValue, 0, $"The snapshot is damaged: {detail}.");
}
