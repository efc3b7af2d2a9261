using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes.Tests;

/// <summary>A transaction on a <see cref="FakeTree"/>: checks first, then writes.</summary>
internal sealed class FakeTransaction(FakeClient client, FakeTree tree) : IZnodeTransaction
{
    private readonly List<ZnodePath> _checks = [];
    private readonly List<Action> _writes = [];
    private readonly List<IFenced> _guards = [];

    public IZnodeTransaction Check(ZnodePath path, int version)
    {
        _checks.Add(path);
        return this;
    }

    public IZnodeTransaction Create(ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null)
    {
        _writes.Add(() => tree.Create(path, data, options ?? new(), client.Session.Id));
        return this;
    }

    public IZnodeTransaction Set(ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null)
    {
        _writes.Add(() => tree.Set(path, data, expectedVersion));
        return this;
    }

    public IZnodeTransaction Delete(ZnodePath path, int? expectedVersion = null)
    {
        _writes.Add(() => tree.Delete(path));
        return this;
    }

    public IZnodeTransaction GuardedBy(IFenced holder)
    {
        _guards.Add(holder);
        _checks.Add(holder.HolderPath!.Value);
        return this;
    }

    public async ValueTask<TransactionOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_guards.Exists(static g => g.HandleLostToken.IsCancellationRequested))
            throw new SessionLostException("A guarding hold is lost.");
        await client.StepAsync(client.Before, "multi", "/", cancellationToken);
        if (_checks.Exists(path => tree.Find(path) is null))
            return new(Committed: false, [new MultiResult(OpCode.Error, Error: ErrorCode.NoNode)]);
        _writes.ForEach(static write => write());
        return new(Committed: true, []);
    }
}
