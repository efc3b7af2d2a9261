using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>The lists of a setWatches2.</summary>
internal enum WatchList
{
    /// <summary>One-shot, on a znode that was there.</summary>
    Data,

    /// <summary>One-shot, on a znode that was absent.</summary>
    Exist,

    /// <summary>One-shot, on the children.</summary>
    Child,

    /// <summary>Persistent recursive.</summary>
    PersistentRecursive,
}

/// <summary>
/// Splits the watches to establish again into requests of about 128 KiB of path text, well below what a server takes in one frame.
/// </summary>
/// <param name="relativeZxid">The last zxid seen, repeated in every request.</param>
internal sealed class WatchBatches(long relativeZxid)
{
    /// <summary>Characters of paths per request.</summary>
    public const int BatchLength = 128 * 1024;

    private readonly List<SetWatches2> _done = [];
    private List<string>[] _lists = NewLists();
    private int _length;

    /// <summary>Adds a watch.</summary>
    /// <param name="list">The list it belongs into.</param>
    /// <param name="path">The path on the server.</param>
    public void Add(WatchList list, string path)
    {
        if (_length > 0 && _length + path.Length > BatchLength)
            EndBatch();
        _lists[(int)list].Add(path);
        _length += path.Length;
    }

    /// <summary>Ends the last batch.</summary>
    /// <returns>All batches.</returns>
    public IReadOnlyList<SetWatches2> Build()
    {
        if (_length > 0)
            EndBatch();
        return _done;
    }

    private static List<string>[] NewLists() => [[], [], [], []];

    private void EndBatch()
    {
        _done.Add(new(
            relativeZxid,
            _lists[(int)WatchList.Data],
            _lists[(int)WatchList.Exist],
            _lists[(int)WatchList.Child],
            [],
            _lists[(int)WatchList.PersistentRecursive]));
        _lists = NewLists();
        _length = 0;
    }
}
