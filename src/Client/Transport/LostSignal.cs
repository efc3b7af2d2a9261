using System.Diagnostics.CodeAnalysis;

namespace Coordination.Client;

/// <summary>
/// The end of one session, told to tokens. Every token is cancelled by the thread that finds the end, so that no busy pool can delay
/// what keeps two holders apart; callbacks of users still run on the pool.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Its token outlives the session in users' hands.")]
internal sealed class LostSignal
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = new();
    private readonly List<CancellationTokenSource> _followers = [];

    /// <summary>The session's own token.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The session is lost.</summary>
    public void Fire()
    {
        CancellationTokenSource[] followers;
        lock (_gate)
        {
            followers = [.. _followers];
            _followers.Clear();
            _ = _source.CancelAsync();
        }

        foreach (CancellationTokenSource follower in followers)
            Cancel(follower);
    }

    /// <summary>Cancels a source with the session, at once if it is lost already.</summary>
    /// <param name="source">The source.</param>
    /// <returns>Dispose it to let the source live on.</returns>
    public IDisposable Follow(CancellationTokenSource source)
    {
        lock (_gate)
        {
            if (!_source.IsCancellationRequested)
            {
                _followers.Add(source);
                return new Following(this, source);
            }
        }

        Cancel(source);
        return new Following(this, source);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            // The flag is up when this returns; the callbacks run on the pool.
            _ = source.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // Its owner has lost interest.
        }
    }

    private void Leave(CancellationTokenSource source)
    {
        lock (_gate)
            _followers.Remove(source);
    }

    private sealed class Following(LostSignal signal, CancellationTokenSource source) : IDisposable
    {
        public void Dispose() => signal.Leave(source);
    }
}
