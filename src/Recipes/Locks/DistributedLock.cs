using System.Text;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>First in the queue holds. Layout: <c>&lt;path&gt;/_c_&lt;uuid&gt;-lock-&lt;seq&gt;</c>, that of Curator's InterProcessMutex.</summary>
internal sealed class DistributedLock : IDistributedLock
{
    private readonly ContenderQueue _queue;
    private readonly HoldRequest _request;
    private readonly byte[] _identity;

    public DistributedLock(RecipeContext context, string name, ZnodePath path, LockOptions options)
    {
        Name = name;
        _queue = new(context, path, "lock-");
        _request = new(context, _queue, "lock", options.Policy);
        _identity = Encoding.UTF8.GetBytes(options.Identity ?? RecipeContext.DefaultIdentity);
    }

    public string Name { get; }

    public async ValueTask<IDistributedLockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A timeout is zero, positive or infinite.");

        await CallerContext.Leave();
        Hold? hold = await _request.RunAsync(_identity, timeout, cancellationToken);
        return hold is null ? null : new LockHandle(hold);
    }

    public async ValueTask<IDistributedLockHandle> AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        await CallerContext.Leave();
        return await TryAcquireAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken)
            ?? throw new TimeoutException($"The lock '{Name}' was not to be had within {timeout}.");
    }

    public async ValueTask<LockQueue> InspectAsync(CancellationToken cancellationToken = default)
    {
        await CallerContext.Leave();
        IReadOnlyList<ContenderView> views = await _queue.InspectAsync(cancellationToken);
        return new(Name, [.. views.Select(static (v, i) => new LockContender(
            v.Path, v.Text, v.Stat.EphemeralOwner, DateTimeOffset.FromUnixTimeMilliseconds(v.Stat.Ctime), i, v.Stat.Czxid))]);
    }
}
