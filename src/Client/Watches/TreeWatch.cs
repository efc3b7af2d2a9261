using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// Follows a subtree for one subscriber: one persistent recursive watch and a copy of the tree, or, on servers that do not know such
/// watches, one-shot watches on every znode. Events only say where to look; what is reported is the difference of what was read.
/// </summary>
internal sealed class TreeWatch : WatchPump
{
    private readonly WatchedReads _reads;
    private readonly ZnodePath _root;
    private readonly int _maxDepth;
    private readonly ILogger _log;
    private readonly TreeDelivery _delivery;
    private readonly TreeCopy _copy = new();
    private readonly TreeReader _reader;
    private readonly Lock _dirtyGate = new();
    private HashSet<string> _dirty = new(StringComparer.Ordinal);
    private bool _recursive = true;
    private bool _armed;
    private bool _initialized;
    private bool _gap;

    /// <summary>Makes the watch.</summary>
    /// <param name="reads">Reads with watches.</param>
    /// <param name="root">The subtree's root.</param>
    /// <param name="options">Depth and buffer.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="log">Where a throwing observer is told.</param>
    public TreeWatch(WatchedReads reads, ZnodePath root, TreeObserveOptions options, IObserver<TreeChange> observer, ILogger log)
    {
        _reads = reads;
        _root = root;
        _maxDepth = options.MaxDepth ?? int.MaxValue;
        _log = log;
        _delivery = new(Math.Max(1, options.BufferSize), observer, log, Stop);
        _reader = new(reads, root, _maxDepth);
    }

    /// <summary>Starts following.</summary>
    public void Start()
    {
        _reads.Add(WatchKind.Recursive, _root, this);
        Signal(WatchSignals.Changed);
    }

    /// <summary>Ends on the subscriber's wish.</summary>
    public void Stop()
    {
        _delivery.Stop();
        End(null);
    }

    /// <summary>Ends for the subscriber.</summary>
    /// <param name="error">Null for completion.</param>
    public void End(Exception? error)
    {
        StopPump();
        _reads.Remove(WatchKind.Recursive, _root, this);
        foreach (ZnodePath path in _reader.Listening.Keys)
            StopListening(path);
        _delivery.Complete(error);
    }

    /// <inheritdoc/>
    public override void OnEvent(WatchEventType type, string path)
    {
        lock (_dirtyGate)
            _dirty.Add(path);
        base.OnEvent(type, path);
    }

    /// <inheritdoc/>
    protected override void OnFatal(Exception error) => End(error);

    /// <inheritdoc/>
    protected override async Task StepAsync(WatchSignals signals)
    {
        if (signals.HasFlag(WatchSignals.Suspended) && _initialized && !_gap)
        {
            _gap = true;
            _delivery.Add(new(TreeChangeKind.Suspended, _root, null, null));
        }

        if ((signals & (WatchSignals.Changed | WatchSignals.Reconnected)) == WatchSignals.None)
            return;
        if (!_armed)
            await ArmAsync();

        HashSet<string> dirty;
        lock (_dirtyGate)
            (dirty, _dirty) = (_dirty, new(StringComparer.Ordinal));
        if (!_initialized || _gap || signals.HasFlag(WatchSignals.Reconnected))
            await ReadAllAsync();
        else
            await ReadDirtyAsync(dirty);
    }

    private async ValueTask ArmAsync()
    {
        ZnodeOperations operations = _reads.Operations;
        var call = new AddRecursiveWatchCall(operations.Paths.ToServer(_root), _root);
        Reply<EmptyRecord> reply = await operations.SendAsync("watch", _root, call, CancellationToken.None);
        if (reply.Error is not (ErrorCode.Ok or ErrorCode.Unimplemented))
            throw Refusal.Of(reply.Error, "watch", _root);

        _armed = true;
        if (reply.Error == ErrorCode.Ok)
            return;

        _recursive = false;
        _log.RecursiveWatchMissing(_root.Value);
    }

    private async ValueTask ReadAllAsync()
    {
        // Until it has succeeded, a failure must lead here again and not to single paths.
        bool first = !_initialized;
        _gap |= !first;
        IReadOnlyDictionary<ZnodePath, Znode> read = await _reader.ReadAsync(_root, _recursive ? null : this);
        _copy.ReplaceAll(read, _delivery.Add);
        if (first || _gap)
            _delivery.Add(new(first ? TreeChangeKind.Initialized : TreeChangeKind.Resynced, _root, null, null));
        _initialized = true;
        _gap = false;
    }

    private async ValueTask ReadDirtyAsync(HashSet<string> dirty)
    {
        foreach (string serverPath in dirty.Order(StringComparer.Ordinal))
        {
            ZnodePath path = _reads.Operations.Paths.FromServer(serverPath);
            if (!path.IsAtOrBelow(_root) || _reader.DepthOf(path) > _maxDepth)
                continue;

            try
            {
                if (_recursive)
                    _copy.Replace(path, await _reads.Operations.TryGetAsync(path, CancellationToken.None), _delivery.Add);
                else
                    _copy.ReplaceBelow(path, await _reader.ReadAsync(path, this), _delivery.Add);
            }
            catch (AccessDeniedException) when (path != _root)
            {
                // Known to be there, not readable: treated as not there.
                _copy.Replace(path, null, _delivery.Add);
            }
            catch
            {
                // Not read: it must be looked at again with the rest.
                lock (_dirtyGate)
                    _dirty.UnionWith(dirty);
                throw;
            }
        }

        if (!_recursive)
            ForgetAbsent();
    }

    // Without recursive watches every znode has listeners of its own; those of vanished ones go, except the root's.
    private void ForgetAbsent()
    {
        foreach (ZnodePath path in _reader.Listening.Keys)
        {
            if (path != _root && !_copy.Contains(path))
                StopListening(path);
        }
    }

    private void StopListening(ZnodePath path)
    {
        if (!_reader.Listening.TryRemove(path, out _))
            return;

        _reads.Remove(WatchKind.Data, path, this);
        _reads.Remove(WatchKind.Children, path, this);
    }
}
