namespace Coordination.Server.Tree;

/// <summary>A znode of a snapshot. Its path and its data stand in its part.</summary>
internal readonly record struct SnapshotZnode(
    int PathStart, int PathLength, int DataStart, int DataLength, bool HasData, long AclId, PersistedStat Stat, uint Digest);

/// <summary>
/// Znodes of a snapshot, decoded and not yet in a tree. It is filled and emptied again and again, so that reading takes no memory but
/// that of the znodes themselves.
/// </summary>
internal sealed class SnapshotPart
{
    private const int Capacity = 512;

    // Parts wait for each other: those with much data end early.
    private const int MaxBytes = 1 << 20;

    private readonly SnapshotZnode[] _znodes = new SnapshotZnode[Capacity];
    private char[] _paths = new char[Capacity * 16];
    private byte[] _data = new byte[Capacity * 128];
    private int _pathsEnd;
    private int _dataEnd;

    /// <summary>Number of znodes.</summary>
    public int Count { get; private set; }

    /// <summary>Whether no more should be added before it is emptied.</summary>
    public bool IsFull => Count == Capacity || _pathsEnd >= MaxBytes || _dataEnd >= MaxBytes;

    /// <summary>A znode by its place in the file.</summary>
    public ref readonly SnapshotZnode this[int index] => ref _znodes[index];

    /// <summary>The full path of a znode.</summary>
    public ReadOnlySpan<char> PathOf(in SnapshotZnode znode) => _paths.AsSpan(znode.PathStart, znode.PathLength);

    /// <summary>The data of a znode.</summary>
    public ReadOnlySpan<byte> DataOf(in SnapshotZnode znode) => _data.AsSpan(znode.DataStart, znode.DataLength);

    /// <summary>Room for the next path, at least that long; nothing is taken until <see cref="Add"/>.</summary>
    public Span<char> RoomForPath(int length)
    {
        if (_paths.Length - _pathsEnd < length)
            Array.Resize(ref _paths, Math.Max(_paths.Length * 2, _pathsEnd + length));
        return _paths.AsSpan(_pathsEnd);
    }

    /// <summary>Keeps the data of the next znode; nothing is taken until <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> KeepData(ReadOnlySpan<byte> data)
    {
        if (_data.Length - _dataEnd < data.Length)
            Array.Resize(ref _data, Math.Max(_data.Length * 2, _dataEnd + data.Length));
        data.CopyTo(_data.AsSpan(_dataEnd));
        return _data.AsSpan(_dataEnd, data.Length);
    }

    /// <summary>Adds a znode whose path stands in the room asked for last, and whose data is what was kept last.</summary>
    public void Add(int pathLength, int dataLength, bool hasData, long aclId, in PersistedStat stat, uint digest)
    {
        _znodes[Count++] = new SnapshotZnode(_pathsEnd, pathLength, _dataEnd, dataLength, hasData, aclId, stat, digest);
        _pathsEnd += pathLength;
        _dataEnd += dataLength;
    }

    /// <summary>Empties it. A path or data of unusual size gives its room back.</summary>
    public void Clear()
    {
        if (_paths.Length > 2 * MaxBytes)
            _paths = new char[Capacity * 16];
        if (_data.Length > 2 * MaxBytes)
            _data = new byte[Capacity * 128];
        Count = 0;
        _pathsEnd = 0;
        _dataEnd = 0;
    }
}
