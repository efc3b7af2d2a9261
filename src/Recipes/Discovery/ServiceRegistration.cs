using System.Threading.Channels;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>
/// One loop that compares the wish (this path, these bytes, owned by the present session) with the server. Whatever happens (reconnect,
/// new session, znode deleted or overwritten by somebody, update) only wakes it.
/// </summary>
internal sealed class ServiceRegistration : IServiceRegistration
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly DeleteOptions Guaranteed = new() { Guaranteed = true };

    private readonly RecipeContext _context;
    private readonly ZnodePath _path;
    private readonly LatestValue<RegistrationStatus> _status;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<long> _ownSessions = [];
    private TaskCompletionSource _settled = NewSignal();
    private ServiceInstance _wish;
    private Task? _withdrawal;
    private bool _hasEnded;
    private long _taken;
    private long _takenSince;

    public ServiceRegistration(RecipeContext context, ZnodePath basePath, ServiceInstance instance)
    {
        _context = context;
        _path = basePath / instance.Name / instance.Id;
        _wish = instance;
        _status = new(context.Logger);
        _status.Publish(new(RegistrationState.Pending, instance));
        Loop = Task.Run(RunAsync);
    }

    public ServiceInstance? Instance
    {
        get
        {
            lock (_gate)
                return _wish;
        }
    }

    public IObservable<RegistrationStatus> Status => _status;

    private Task Loop { get; }

    public async ValueTask UpdateAsync(ServiceInstance instance, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(instance);
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(IServiceRegistration));
        await CallerContext.Leave();
        Task settled;
        lock (_gate)
        {
            if (instance.Name != _wish.Name || instance.Id != _wish.Id || instance.ServiceType != _wish.ServiceType)
                throw new ArgumentException("An update keeps name, id and service type.", nameof(instance));
            ObjectDisposedException.ThrowIf(_hasEnded, typeof(ICoordinationClient));
            _wish = instance;
            if (_settled.Task.IsCompleted)
                _settled = NewSignal();
            settled = _settled.Task;
        }

        Wake();
        await settled.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task withdrawal;
        lock (_gate)
            withdrawal = _withdrawal ??= Task.Run(WithdrawAsync);
        await CallerContext.Leave();
        await withdrawal;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake() => _wake.Writer.TryWrite(true);

    private void OnSessionChange(SessionChange change)
    {
        if (change.State == SessionState.Lost)
            _status.Publish(new(RegistrationState.Pending, Instance, new SessionLostException("The session that owned the registration has ended.", _path)));
        Wake();
    }

    private async Task WithdrawAsync()
    {
        await _stop.CancelAsync();
        await Loop;
        try
        {
            // After the loop, so that no create of ours can come later than this.
            await _context.Client.DeleteAsync(_path, expectedVersion: null, Guaranteed, CancellationToken.None);
        }
        catch (Exception e) when (e is CoordinationException or OperationCanceledException)
        {
            _context.Logger.ReleaseUnconfirmed(_path, e);
        }
        catch (ObjectDisposedException)
        {
            // The client is closed: the end of its session deletes the znode.
        }

        ServiceInstance instance = Instance!;
        _context.Logger.ServiceWithdrawn(instance.Name, _path);
        _status.Publish(new(RegistrationState.Withdrawn, instance));
        _status.Complete();
    }

    private async Task RunAsync()
    {
        using IDisposable sessions = _context.Client.SessionChanges.Subscribe(OnSessionChange);
        using IDisposable znode = _context.Client.Observe(_path).Subscribe(_ => Wake(), static _ => { });
        Wake();
        try
        {
            await foreach (bool _ in _wake.Reader.ReadAllAsync(_stop.Token))
                await ReconcileSafelyAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Withdrawn, or the client is closed.
        }
        finally
        {
            End();
        }
    }

    /// <summary>Nobody who waits for an update is left waiting.</summary>
    private void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _settled.TrySetException(new ObjectDisposedException(nameof(IServiceRegistration)));
            _ = _settled.Task.Exception;
        }
    }

    private async Task ReconcileSafelyAsync()
    {
        ServiceInstance wish = Instance!;
        try
        {
            if (await ReconcileAsync(wish, _stop.Token))
            {
                Settle(wish);
                return;
            }
        }
        catch (CoordinationException e)
        {
            _context.Logger.RegistrationFailed(_path, RetryDelay, e);
            _status.Publish(new(RegistrationState.Pending, wish, e));
        }

        await Task.Delay(RetryDelay, _context.Time, _stop.Token);
        Wake();
    }

    /// <summary>One step towards the wish.</summary>
    /// <returns>Whether it is fulfilled.</returns>
    private async Task<bool> ReconcileAsync(ServiceInstance wish, CancellationToken cancellationToken)
    {
        byte[] data = ServiceInstanceJson.Write(wish);
        bool ephemeral = wish.ServiceType is ServiceType.Dynamic;
        Znode? znode = await _context.Client.TryGetAsync(_path, cancellationToken);
        long session = _context.Client.Session.Id;
        if (znode is null)
            return await CreateAsync(data, ephemeral, cancellationToken);

        if (znode.Stat.EphemeralOwner == (ephemeral ? session : 0))
        {
            if (!znode.Data.Span.SequenceEqual(data))
                await _context.Client.SetAsync(_path, data, expectedVersion: null, cancellationToken);
            return true;
        }

        // A znode of a session that is ending: with ours it is deleted at once, with a stranger's after its session had time to end.
        if (_ownSessions.Contains(znode.Stat.EphemeralOwner) || znode.Stat.EphemeralOwner == 0 || IsTakenForLong(znode))
        {
            await _context.Client.DeleteAsync(_path, expectedVersion: null, options: null, cancellationToken);
            return await CreateAsync(data, ephemeral, cancellationToken);
        }

        return false;
    }

    private async Task<bool> CreateAsync(byte[] data, bool ephemeral, CancellationToken cancellationToken)
    {
        try
        {
            CreateOptions options = new() { Kind = ephemeral ? CreateKind.Ephemeral : CreateKind.Persistent, CreateParents = true };
            Znode znode = await _context.Client.CreateAsync(_path, data, options, cancellationToken);
            _ownSessions.Add(znode.Stat.EphemeralOwner);
            return !ephemeral || znode.Stat.EphemeralOwner == _context.Client.Session.Id;
        }
        catch (Exception e) when (e is ZnodeExistsException or OutcomeUnknownException or SessionLostException)
        {
            // Look again: it may be ours, its reply lost.
            _ownSessions.Add(_context.Client.Session.Id);
            Wake();
            return false;
        }
    }

    private bool IsTakenForLong(Znode znode)
    {
        if (_taken != znode.Stat.Czxid)
        {
            (_taken, _takenSince) = (znode.Stat.Czxid, _context.Time.GetTimestamp());
            _context.Logger.RegistrationTaken(_path, znode.Stat.EphemeralOwner);
        }

        return _context.Time.GetElapsedTime(_takenSince) > _context.Client.Session.Timeout;
    }

    private void Settle(ServiceInstance wish)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(wish, _wish))
                return;
            if (!_settled.Task.IsCompleted)
                _context.Logger.ServiceRegistered(wish.Name, _path);
            _settled.TrySetResult();
        }

        _status.Publish(new(RegistrationState.Registered, wish));
    }
}
