using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// Hands the newest view to one observer; views it was too slow for are merged. Two things are never merged away: that the znode was
/// replaced by another one of the same name, and that there was a gap.
/// </summary>
/// <typeparam name="TView">The view.</typeparam>
/// <param name="traits">What to know about it.</param>
/// <param name="observer">The observer.</param>
/// <param name="log">Where a throwing observer is told.</param>
/// <param name="onFailed">Called if it threw.</param>
internal sealed class ViewDelivery<TView>(ViewTraits<TView> traits, IObserver<TView> observer, ILogger log, Action onFailed)
    : Delivery<TView>(observer, log)
    where TView : class
{
    private TView? _waiting;
    private TView? _delivered;

    /// <summary>Shows a view.</summary>
    /// <param name="view">The newest.</param>
    public void Show(TView view)
    {
        lock (Gate)
        {
            bool gapPending = _waiting is { } waiting && traits.FreshnessOf(waiting) == Freshness.Resynced;
            _waiting = gapPending && traits.FreshnessOf(view) == Freshness.Live ? traits.With(view, Freshness.Resynced) : view;
            Schedule();
        }
    }

    /// <inheritdoc/>
    protected override bool TryTake(out TView value)
    {
        value = _waiting!;
        if (_waiting is null)
            return false;

        bool replaced = _delivered is not null && traits.Identity(_delivered) is { } before
            && traits.Identity(_waiting) is { } now && now != before;
        if (replaced)
            value = traits.Absent(_waiting);
        else
            _waiting = null;
        _delivered = value;
        return true;
    }

    /// <inheritdoc/>
    protected override void Failed() => onFailed();
}
