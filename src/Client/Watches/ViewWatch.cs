using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// Follows one path for all its subscribers: reads with a watch, shows what changed, reads again. Lives from the first subscription to
/// the end of the last.
/// </summary>
/// <typeparam name="TView">The view.</typeparam>
/// <param name="traits">What to know about it.</param>
/// <param name="log">Where throwing observers are told.</param>
internal abstract class ViewWatch<TView>(ViewTraits<TView> traits, ILogger log) : WatchPump
    where TView : class
{
    private readonly Lock _subscribersGate = new();
    private readonly List<ViewDelivery<TView>> _subscribers = [];
    private TView? _latest;
    private bool _gap;

    /// <summary>Starts following.</summary>
    public void Start()
    {
        StartListening();
        Signal(WatchSignals.Changed);
    }

    /// <summary>Adds a subscriber.</summary>
    /// <param name="observer">The observer.</param>
    /// <param name="onFailed">Called if it threw.</param>
    /// <returns>Its delivery.</returns>
    public ViewDelivery<TView> Add(IObserver<TView> observer, Action onFailed)
    {
        var delivery = new ViewDelivery<TView>(traits, observer, log, onFailed);
        lock (_subscribersGate)
        {
            _subscribers.Add(delivery);
            if (_latest is not null)
                delivery.Show(_latest);
        }

        return delivery;
    }

    /// <summary>Removes a subscriber.</summary>
    /// <param name="delivery">Its delivery.</param>
    public void Remove(ViewDelivery<TView> delivery)
    {
        delivery.Stop();
        lock (_subscribersGate)
            _subscribers.Remove(delivery);
    }

    /// <summary>Ends everything.</summary>
    /// <param name="error">For the subscribers that are left; null for completion.</param>
    public void End(Exception? error)
    {
        StopPump();
        StopListening();
        lock (_subscribersGate)
        {
            foreach (ViewDelivery<TView> delivery in _subscribers)
                delivery.Complete(error);
            _subscribers.Clear();
        }
    }

    /// <inheritdoc/>
    protected override async Task StepAsync(WatchSignals signals)
    {
        if (signals.HasFlag(WatchSignals.Suspended))
        {
            _gap = true;
            if (_latest is not null)
                Show(traits.With(_latest, Freshness.Suspended));
        }

        if ((signals & (WatchSignals.Changed | WatchSignals.Reconnected)) == WatchSignals.None)
            return;

        _gap |= signals.HasFlag(WatchSignals.Reconnected) && _latest is not null;
        TView view = await ReadAsync();
        if (_gap && _latest is not null)
            Show(traits.With(view, Freshness.Resynced));
        else if (_latest is null || !traits.SameState(_latest, view))
            Show(view);
        _gap = false;
    }

    /// <inheritdoc/>
    protected override void OnFatal(Exception error) => End(error);

    /// <summary>Registers with the session.</summary>
    protected abstract void StartListening();

    /// <summary>Unregisters.</summary>
    protected abstract void StopListening();

    /// <summary>Reads with a watch.</summary>
    /// <returns>A view, live.</returns>
    protected abstract ValueTask<TView> ReadAsync();

    private void Show(TView view)
    {
        lock (_subscribersGate)
        {
            _latest = view;
            foreach (ViewDelivery<TView> delivery in _subscribers)
                delivery.Show(view);
        }
    }
}

/// <summary>Follows a znode.</summary>
/// <param name="reads">Reads with watches.</param>
/// <param name="path">The znode.</param>
/// <param name="log">Where throwing observers are told.</param>
internal sealed class ZnodeWatch(WatchedReads reads, ZnodePath path, ILogger log) : ViewWatch<ZnodeView>(ZnodeViewTraits.Instance, log)
{
    /// <inheritdoc/>
    protected override void StartListening() => reads.Add(WatchKind.Data, path, this);

    /// <inheritdoc/>
    protected override void StopListening() => reads.Remove(WatchKind.Data, path, this);

    /// <inheritdoc/>
    protected override async ValueTask<ZnodeView> ReadAsync() =>
        new(path, await reads.GetAsync(path, CancellationToken.None), Freshness.Live);
}

/// <summary>Follows the children of a znode; while it is absent, its creation.</summary>
/// <param name="reads">Reads with watches.</param>
/// <param name="path">The parent.</param>
/// <param name="log">Where throwing observers are told.</param>
internal sealed class ChildrenWatch(WatchedReads reads, ZnodePath path, ILogger log) : ViewWatch<ChildrenView>(ChildrenViewTraits.Instance, log)
{
    private bool _waitsForParent;

    /// <inheritdoc/>
    protected override void StartListening() => reads.Add(WatchKind.Children, path, this);

    /// <inheritdoc/>
    protected override void StopListening()
    {
        reads.Remove(WatchKind.Children, path, this);
        WaitForParent(false);
    }

    /// <inheritdoc/>
    protected override async ValueTask<ChildrenView> ReadAsync()
    {
        while (true)
        {
            if (await reads.GetChildrenAsync(path, CancellationToken.None) is { } children)
            {
                WaitForParent(false);
                return new(path, children, Freshness.Live);
            }

            WaitForParent(true);
            if (await reads.GetAsync(path, CancellationToken.None) is null)
                return new(path, null, Freshness.Live);
        }
    }

    private void WaitForParent(bool wait)
    {
        if (wait == _waitsForParent)
            return;

        _waitsForParent = wait;
        if (wait)
            reads.Add(WatchKind.Data, path, this);
        else
            reads.Remove(WatchKind.Data, path, this);
    }
}
