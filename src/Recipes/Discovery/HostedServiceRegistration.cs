using Coordination.Protocol;
using Microsoft.Extensions.Hosting;

namespace Coordination.Recipes;

/// <summary>
/// Registers once the application has started and listens; withdraws when it is asked to stop, and lets it serve on for the drain delay
/// before any server of the host closes its port.
/// </summary>
internal sealed class HostedServiceRegistration : IHostedLifecycleService, IServiceRegistration, IDisposable
{
    private readonly RecipeContext _context;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ServiceRegistrationOptions _options;
    private readonly string _service;
    private readonly string _id;
    private readonly LatestValue<RegistrationStatus> _status;
    private readonly Lock _gate = new();
    private readonly List<CancellationTokenRegistration> _hooks = [];
    private ServiceRegistration? _registration;
    private IDisposable? _relay;
    private Task? _withdrawal;

    public HostedServiceRegistration(
        RecipeContext context, IServiceProvider services, IHostApplicationLifetime lifetime, string service, ServiceRegistrationOptions options)
    {
        _context = context;
        _services = services;
        _lifetime = lifetime;
        _service = service;
        _options = options;
        _id = options.InstanceId ?? Guid.NewGuid().ToString();
        _status = new(context.Logger);
        _status.Publish(new(RegistrationState.Pending, Instance: null));
    }

    public ServiceInstance? Instance
    {
        get
        {
            lock (_gate)
                return _registration?.Instance;
        }
    }

    public IObservable<RegistrationStatus> Status => _status;

    public ValueTask UpdateAsync(ServiceInstance instance, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return (_registration ?? throw new InvalidOperationException($"Service '{_service}' is not registered yet: the application has not started."))
                .UpdateAsync(instance, cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _hooks.Add(_lifetime.ApplicationStarted.Register(Begin));
        _hooks.Add(_lifetime.ApplicationStopping.Register(() => _ = WithdrawAsync()));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => WithdrawAsync().WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => WithdrawAsync().WaitAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await CallerContext.Leave();
        Dispose();
        await WithdrawAsync();
    }

    /// <summary>For a container that is disposed synchronously: withdraws in the background.</summary>
    public void Dispose()
    {
        foreach (CancellationTokenRegistration hook in _hooks)
            hook.Unregister();
        _ = WithdrawAsync();
    }

    private void Begin()
    {
        try
        {
            Uri? listening = _options.Endpoint?.Invoke(_services);
            ServiceInstance instance = ServiceEndpoint.Describe(_service, _id, _options, listening, _context.Time.GetUtcNow());
            lock (_gate)
            {
                if (_withdrawal is not null)
                    return;
                _registration = new(_context, (ZnodePath)_options.BasePath, instance);
            }

            _relay = _registration.Status.Subscribe(_status.Publish);
        }
        catch (Exception e)
        {
            // The application serves on; that nobody can find it is visible in the log and in the status.
            _context.Logger.RegistrationImpossible(_service, e);
            _status.Publish(new(RegistrationState.Failed, Instance: null, e));
        }
    }

    private Task WithdrawAsync()
    {
        lock (_gate)
            return _withdrawal ??= Task.Run(WithdrawOnceAsync);
    }

    private async Task WithdrawOnceAsync()
    {
        ServiceRegistration? registration;
        lock (_gate)
            registration = _registration;
        if (registration is not null)
        {
            await registration.DisposeAsync();
            await Task.Delay(_options.DrainDelay, _context.Time);
        }

        _relay?.Dispose();
        _status.Complete();
    }
}
