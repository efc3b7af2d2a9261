using System.Reactive.Linq;
using System.Text.Json;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>Layout: <c>&lt;base&gt;/&lt;service&gt;/&lt;instance id&gt;</c>, data = JSON, that of Curator's x-discovery.</summary>
/// <param name="context">What recipes work with.</param>
/// <param name="basePath">The base.</param>
internal sealed class ServiceDirectory(RecipeContext context, ZnodePath basePath) : IServiceDirectory
{
    private static readonly TreeObserveOptions OneLevel = new() { MaxDepth = 1 };

    public async ValueTask<IReadOnlyList<ServiceInstance>> GetInstancesAsync(string service, CancellationToken cancellationToken = default)
    {
        ZnodePath path = basePath / service;
        await CallerContext.Leave();
        ZnodeChildren children;
        try
        {
            children = await context.Client.GetChildrenAsync(path, cancellationToken);
        }
        catch (ZnodeNotFoundException)
        {
            return [];
        }

        Znode?[] znodes = await Task.WhenAll(children.Names.Select(name => context.Client.TryGetAsync(path / name, cancellationToken).AsTask()));
        return [.. znodes.OfType<Znode>().Select(Read).OfType<ServiceInstance>()];
    }

    public IObservable<ServiceSnapshot> Observe(string service)
    {
        ZnodePath path = basePath / service;
        return Observable.Defer(() =>
        {
            var list = new LiveList(this, service, path);
            return context.Client.ObserveTree(path, OneLevel).Select(list.Apply).Where(static s => s is not null).Select(static s => s!);
        });
    }

    public IServicePicker CreatePicker(string service, PickStrategy strategy = PickStrategy.RoundRobin) =>
        new ServicePicker(Observe(service), strategy);

    /// <summary>Reads one entry. A broken one must never hide the healthy ones.</summary>
    private ServiceInstance? Read(Znode znode)
    {
        try
        {
            return ServiceInstanceJson.Read(znode.Data);
        }
        catch (JsonException e)
        {
            context.Metrics.BrokenEntry();
            context.Logger.BrokenServiceEntry(znode.Path, e.Message);
            return null;
        }
    }

    /// <summary>Changes in, whole lists out. Owned by one subscription, whose changes come one after another.</summary>
    private sealed class LiveList(ServiceDirectory directory, string service, ZnodePath path)
    {
        private readonly SortedDictionary<string, ServiceInstance?> _entries = new(StringComparer.Ordinal);
        private bool _complete;
        private bool _suspended;

        /// <summary>Takes a change in.</summary>
        /// <param name="change">The change.</param>
        /// <returns>The new list, or null while the first reading, or the reading after a gap, is incomplete.</returns>
        public ServiceSnapshot? Apply(TreeChange change)
        {
            switch (change.Kind)
            {
                case TreeChangeKind.Initialized:
                    (_complete, _suspended) = (true, false);
                    return Snapshot(Freshness.Live);
                case TreeChangeKind.Suspended:
                    _suspended = true;
                    return _complete ? Snapshot(Freshness.Suspended) : null;
                case TreeChangeKind.Resynced:
                    (_complete, _suspended) = (true, false);
                    return Snapshot(Freshness.Resynced);
                default:
                    if (change.Path == path)
                        return null;
                    if (change.After is { } znode)
                        _entries[change.Path.Name] = directory.Read(znode);
                    else
                        _entries.Remove(change.Path.Name);
                    return _complete && !_suspended ? Snapshot(Freshness.Live) : null;
            }
        }

        private ServiceSnapshot Snapshot(Freshness freshness) => new(
            service,
            [.. _entries.Values.OfType<ServiceInstance>()],
            _entries.Values.Count(static entry => entry is null),
            freshness);
    }
}
