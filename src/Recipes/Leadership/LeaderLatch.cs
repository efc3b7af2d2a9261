using System.Runtime.CompilerServices;
using System.Text;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>Layout: <c>&lt;path&gt;/_c_&lt;uuid&gt;-latch-&lt;seq&gt;</c>, data = participant id, that of Curator's LeaderLatch.</summary>
internal sealed class LeaderLatch : ILeaderLatch
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly RecipeContext _context;
    private readonly ContenderQueue _queue;
    private readonly HoldRequest _request;
    private readonly LatestValue<LeadershipChange> _changes;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _disposedToken;
    private readonly Lock _gate = new();
    private LatchTerm? _term;
    private Task? _disposing;

    public LeaderLatch(RecipeContext context, ZnodePath path, string? participantId, HoldPolicy policy)
    {
        _context = context;
        _queue = new(context, path, "latch-");
        _request = new(context, _queue, "latch", policy);
        _changes = new(context.Logger);
        _disposedToken = _disposed.Token;
        ParticipantId = participantId ?? RecipeContext.DefaultIdentity;
        _changes.Publish(new(LeadershipState.Idle));
    }

    public string ParticipantId { get; }

    public IObservable<LeadershipChange> Changes => _changes;

    public async ValueTask<LeaderTerm> WaitForLeadershipAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposedToken.IsCancellationRequested, this);
        await CallerContext.Leave();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposedToken);
        try
        {
            await _oneAtATime.WaitAsync(either.Token);
            if (!either.IsCancellationRequested)
                return await JoinAsync(either.Token);

            _oneAtATime.Release();
            throw new OperationCanceledException(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException e) when (_disposedToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException("The latch was disposed while somebody waited for leadership.", e);
        }
    }

    public async IAsyncEnumerable<LeaderTerm> TermsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Every step of the enumeration comes from the consumer's context.
            await CallerContext.Leave();
            if (await NextTermAsync(cancellationToken) is not { } term)
                yield break;

            try
            {
                yield return term;
            }
            finally
            {
                await CallerContext.Leave();
                await term.DisposeAsync();
            }
        }
    }

    public async ValueTask<IReadOnlyList<Participant>> GetParticipantsAsync(CancellationToken cancellationToken = default)
    {
        await CallerContext.Leave();
        IReadOnlyList<ContenderView> views = await _queue.InspectAsync(cancellationToken);
        return [.. views.Select(static (v, i) => new Participant(
            v.Text, i == 0, v.Path, DateTimeOffset.FromUnixTimeMilliseconds(v.Stat.Ctime)))];
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
            return new(_disposing ??= DisposeOnceAsync());
    }

    private async Task DisposeOnceAsync()
    {
        await CallerContext.Leave();
        await _disposed.CancelAsync();
        if (Volatile.Read(ref _term) is { } term)
            await term.DisposeAsync();

        // A term that is being won at this moment ends first: nobody leads when this returns. Never given back: nobody joins any more.
        await _oneAtATime.WaitAsync(CancellationToken.None);
        _changes.Complete();
    }

    private async Task<LatchTerm> JoinAsync(CancellationToken cancellationToken)
    {
        _changes.Publish(new(LeadershipState.Waiting));
        Hold? hold = null;
        try
        {
            hold = await _request.RunAsync(Encoding.UTF8.GetBytes(ParticipantId), Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            if (hold is null)
            {
                _changes.Publish(new(LeadershipState.Idle));
                _oneAtATime.Release();
            }
        }

        var term = new LatchTerm(hold ?? throw new InvalidOperationException("An unlimited wait ended without a hold."));
        _context.Logger.TermBegan(_queue.Path, ParticipantId, term.FencingToken);
        _changes.Publish(new(LeadershipState.Leading, term));
        _ = FollowAsync(term, hold);
        Volatile.Write(ref _term, term);
        if (!_disposedToken.IsCancellationRequested)
            return term;

        await term.DisposeAsync();
        throw new OperationCanceledException(_disposedToken);
    }

    /// <summary>The end of a term, whoever brings it about, is published before the next term can begin.</summary>
    private async Task FollowAsync(LatchTerm term, Hold hold)
    {
        LeadershipState state = await hold.Ended ? LeadershipState.Lost : LeadershipState.Resigned;
        _context.Logger.TermEnded(_queue.Path, ParticipantId, state);
        _changes.Publish(new(state, term));
        _oneAtATime.Release();
    }

    private async Task<LeaderTerm?> NextTermAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await WaitForLeadershipAsync(cancellationToken);
            }
            catch (ObjectDisposedException) when (_disposedToken.IsCancellationRequested)
            {
                return null;
            }
            catch (CoordinationException e) when (e is not AuthenticationFailedException)
            {
                _context.Logger.ElectionFailed(_queue.Path, RetryDelay, e);
                await Task.Delay(RetryDelay, _context.Time, cancellationToken);
            }
        }
    }

    /// <summary>The user's side of a hold.</summary>
    private sealed class LatchTerm(Hold hold) : LeaderTerm
    {
        private int _resigned;

        public override ZnodePath? HolderPath => Checked.HolderPath;

        public override CancellationToken HandleLostToken => hold.HandleLostToken;

        public override long FencingToken => hold.FencingToken;

        public override TimeSpan SafeFor => hold.SafeFor;

        private Hold Checked
        {
            get
            {
                ObjectDisposedException.ThrowIf(Volatile.Read(ref _resigned) != 0, typeof(LeaderTerm));
                return hold;
            }
        }

        public override ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default) => hold.ConfirmAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            Volatile.Write(ref _resigned, 1);
            await CallerContext.Leave();
            await hold.ReleaseAsync();
        }
    }
}
