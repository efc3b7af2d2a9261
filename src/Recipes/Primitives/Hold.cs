using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>
/// A contender at the head of its queue. Owns the declaration <see cref="ICoordinationClient.HoldSession"/>, which is in force from
/// before the contender was created until it is gone: only then does the session's deadline mean anything.
/// </summary>
internal sealed class Hold : IFenced, IAsyncDisposable
{
    private const int Held = 0;
    private const int Lost = 1;
    private const int Released = 2;

    private readonly RecipeContext _context;
    private readonly ContenderQueue _queue;
    private readonly Contender _contender;
    private readonly SessionInfo _session;
    private readonly string _recipe;
    private readonly IDisposable _sessionKept;
    private readonly long _began;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _watch = new();
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private CancellationTokenRegistration _onSessionLost;
    private IDisposable? _lostWithSession;
    private IDisposable? _onSuspended;
    private Task? _release;
    private int _state;

    private Hold(RecipeContext context, ContenderQueue queue, Contender contender, SessionInfo session, string recipe, IDisposable sessionKept)
    {
        _context = context;
        _queue = queue;
        _contender = contender;
        _session = session;
        _recipe = recipe;
        _sessionKept = sessionKept;
        _began = context.Time.GetTimestamp();
        HandleLostToken = _lost.Token;
    }

    public ZnodePath? HolderPath => _contender.Path;

    /// <summary>Taken once, so that it outlives everything; the source behind it is never disposed.</summary>
    public CancellationToken HandleLostToken { get; }

    public long FencingToken => _contender.Czxid;

    public TimeSpan SafeFor => Volatile.Read(ref _state) == Held ? _session.SafeFor : TimeSpan.Zero;

    /// <summary>Whether the hold stands, as far as this process can know.</summary>
    public bool IsHeld => Volatile.Read(ref _state) == Held && !_session.Lost.IsCancellationRequested;

    /// <summary>Completes when the hold has ended: true if it was lost, false if it was released.</summary>
    public Task<bool> Ended => _ended.Task;

    /// <summary>Begins a hold for a contender found first.</summary>
    /// <param name="context">What recipes work with.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="contender">The contender.</param>
    /// <param name="policy">When to presume it lost.</param>
    /// <param name="recipe">The name in metrics.</param>
    /// <param name="sessionKept">The declaration made before the contender was created. Taken over if a hold is returned.</param>
    /// <returns>Null if the contender's session is not the present one any more.</returns>
    public static Hold? TryBegin(
        RecipeContext context, ContenderQueue queue, Contender contender, HoldPolicy policy, string recipe, IDisposable sessionKept)
    {
        SessionInfo session = context.Client.Session;
        if (session.Id != contender.Owner || session.Lost.IsCancellationRequested)
            return null;

        var hold = new Hold(context, queue, contender, session, recipe, sessionKept);
        hold.Start(policy);
        context.Logger.HoldAcquired(contender.Path, contender.Czxid);
        return hold;
    }

    public async ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default)
    {
        await CallerContext.Leave();
        if (!IsHeld)
            return false;

        try
        {
            TransactionOutcome outcome = await _context.Client.BeginTransaction().Check(_contender.Path, -1).CommitAsync(cancellationToken);
            if (!outcome.Committed && outcome.Error == ErrorCode.NoNode)
                Lose(HoldLoss.Deleted);
            return outcome.Committed && IsHeld;
        }
        catch (Exception e) when (e is CoordinationException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Gives the hold up. Never throws; every call returns the same task.</summary>
    /// <returns>Completes when the znode is gone, or its delete goes on in the background.</returns>
    public Task ReleaseAsync()
    {
        lock (_gate)
            return _release ??= ReleaseOnceAsync();
    }

    public ValueTask DisposeAsync() => new(ReleaseAsync());

    private async Task ReleaseOnceAsync()
    {
        bool held = Interlocked.CompareExchange(ref _state, Released, Held) == Held;
        if (held)
        {
            _context.Metrics.Held(_recipe, _context.Time.GetElapsedTime(_began));
            _ended.TrySetResult(false);
        }

        StopWatching();
        Task left = _queue.LeaveAsync(_contender);
        try
        {
            // A lost hold is not waited for: its session is ending, and the connection may be away for long.
            if (held)
                await left;
        }
        finally
        {
            _sessionKept.Dispose();
        }
    }

    private void Start(HoldPolicy policy)
    {
        // The token first, by the client's own thread; the bookkeeping follows when the pool has time.
        _lostWithSession = _session.CancelWhenLost(_lost);
        _onSessionLost = _session.Lost.UnsafeRegister(static hold => ((Hold)hold!).Lose(HoldLoss.Session), this);
        if (policy == HoldPolicy.Standard)
            _onSuspended = _context.Client.SessionChanges.Subscribe(OnSessionChange);
        _ = WatchOwnZnodeAsync();
    }

    private void OnSessionChange(SessionChange change)
    {
        if (change.State is SessionState.Suspended or SessionState.Lost or SessionState.Closed)
            Lose(HoldLoss.Suspended);
    }

    /// <summary>The administrative end (znode deleted, session ended by somebody) is no matter of deadlines: it is told at its first sign.</summary>
    private async Task WatchOwnZnodeAsync()
    {
        try
        {
            await _context.Client.WaitUntilDeletedAsync(_contender.Path, _watch.Token);
            Lose(HoldLoss.Deleted);
        }
        catch (Exception e) when (e is SessionLostException or ObjectDisposedException)
        {
            Lose(HoldLoss.Session);
        }
        catch (Exception e) when (e is OperationCanceledException or CoordinationException)
        {
            // Released; or the access list forbids reading, and the session alone decides.
        }
    }

    private void Lose(HoldLoss cause)
    {
        if (Interlocked.CompareExchange(ref _state, Lost, Held) != Held)
            return;

        // CancelAsync sets the token at once and runs the user's callbacks on the pool, never on the thread of the client.
        _ = _lost.CancelAsync();
        _ended.TrySetResult(true);
        _context.Metrics.Lost(_recipe, cause);
        _context.Metrics.Held(_recipe, _context.Time.GetElapsedTime(_began));
        _context.Logger.HoldLost(_contender.Path, cause);

        // The znode may outlive the belief in it (a session presumed lost, a suspension): it must go, or nobody else can hold.
        ThreadPool.UnsafeQueueUserWorkItem(static hold => _ = hold.ReleaseAsync(), this, preferLocal: false);
    }

    private void StopWatching()
    {
        _lostWithSession?.Dispose();
        _onSessionLost.Unregister();
        _onSuspended?.Dispose();
        _ = _watch.CancelAsync();
    }
}
