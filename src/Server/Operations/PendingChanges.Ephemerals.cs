using System.Text;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>
/// What the end of a session will have to list. A transaction longer than a frame could not be read back by Apache's server, which would
/// then never start again; so the ephemeral that would make it too long is refused.
/// </summary>
internal sealed partial class PendingChanges
{
    private readonly Dictionary<long, long> _ephemeralBytes = [];
    private readonly List<(long Owner, long Size)> _undoBytes = [];

    /// <summary>Bytes that the paths of one session's ephemerals may take in a transaction.</summary>
    public long MaxEphemeralBytes { get; init; } = long.MaxValue;

    /// <summary>Whether a session may own an ephemeral more.</summary>
    public bool HasRoomForEphemeral(long session, string path) =>
        _ephemeralBytes.GetValueOrDefault(session) + SizeOf(path) <= MaxEphemeralBytes;

    private static long SizeOf(string path) => sizeof(int) + Encoding.UTF8.GetByteCount(path);

    /// <summary>What was recovered counts too. The order of the sessions reaches nobody.</summary>
    private void CountEphemerals()
    {
        foreach (long session in _tree.Indexes.SessionsWithEphemerals())
        {
            foreach (Znode znode in _tree.Indexes.EphemeralsOf(session))
                AddEphemeralBytes(session, SizeOf(znode.Path));
        }
    }

    private void AddEphemeralBytes(long owner, long size)
    {
        long total = _ephemeralBytes.GetValueOrDefault(owner) + size;
        if (total > 0)
            _ephemeralBytes[owner] = total;
        else
            _ephemeralBytes.Remove(owner);
        if (_inMulti)
            _undoBytes.Add((owner, size));
    }
}
