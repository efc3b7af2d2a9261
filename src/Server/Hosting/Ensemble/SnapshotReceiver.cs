using System.Diagnostics.CodeAnalysis;
using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>
/// A snapshot on its way in: turns hand over the bytes as they come, a thread builds a tree of them beside the present one. Nothing but the
/// memory of that tree is taken: when the thread cannot follow, nothing is read from the socket.
/// </summary>
internal sealed class SnapshotReceiver : IDisposable
{
    private readonly SnapshotStreamScanner _scanner;
    private readonly SnapshotFeed _feed;
    private readonly Zxid _zxid;
    private readonly Action<Exception?> _done;
    private RecoveredState? _state;

    /// <param name="zxid">The transaction that the snapshot is the state after.</param>
    /// <param name="maxLength">The longest path or data accepted.</param>
    /// <param name="hasRoom">Called on the thread when bytes are taken again after none were.</param>
    /// <param name="done">Called on the thread when the tree stands, or with the reason why it does not.</param>
    public SnapshotReceiver(Zxid zxid, int maxLength, Action hasRoom, Action<Exception?> done)
    {
        _zxid = zxid;
        _scanner = new SnapshotStreamScanner(maxLength);
        _feed = new SnapshotFeed(maxLength, hasRoom);
        _done = done;
        Thread thread = new(Run) { IsBackground = true, Name = "Coordination snapshot in" };
        thread.Start();
    }

    /// <summary>Whether what comes next is a packet.</summary>
    public bool HasAll => _scanner.IsComplete;

    /// <summary>The tree, once, when it is done.</summary>
    public RecoveredState? TakeState() => Interlocked.Exchange(ref _state, null);

    /// <summary>Takes bytes from the socket.</summary>
    /// <returns>How many; 0 if none can be taken at present.</returns>
    /// <exception cref="JuteFormatException">The bytes are no snapshot.</exception>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        if (!_feed.HasRoom())
            return 0;

        int count = _scanner.Scan(bytes, out int body);
        _feed.Add(bytes[..body], isLast: _scanner.IsComplete);
        return count;
    }

    /// <summary>Nobody wants it any more.</summary>
    public void Dispose() => _feed.Dispose();

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a stranger's bytes lead to is told to the owner.")]
    private void Run()
    {
        Exception? reason = null;
        try
        {
            Volatile.Write(ref _state, RecoveredState.Load(_feed, _zxid));
            _feed.WaitForEnd();
        }
        catch (Exception e)
        {
            reason = e;
        }

        _done(reason);
    }
}
