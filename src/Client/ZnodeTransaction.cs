using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Builds a multi.</summary>
/// <param name="client">Sends it.</param>
internal sealed class ZnodeTransaction(CoordinationClient client) : IZnodeTransaction
{
    private readonly List<(MultiOperation Operation, ZnodePath Path)> _operations = [];
    private readonly List<IFenced> _guards = [];
    private bool _committed;

    /// <inheritdoc/>
    public IZnodeTransaction Check(ZnodePath path, int version) => Add(path, new(OpCode.Check, "", Version: version));

    /// <inheritdoc/>
    public IZnodeTransaction Create(ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null)
    {
        options ??= new();
        if (options.CreateParents || options.SurviveLostReply)
            throw new ArgumentException("Inside a transaction parents are not created and lost replies not survived.", nameof(options));

        OpCode type = options.TimeToLive is not null ? OpCode.CreateTtl
            : options.Kind == CreateKind.Container ? OpCode.CreateContainer
            : OpCode.Create2;
        return Add(path, new(
            type,
            "",
            data.ToArray(),
            options.Acl ?? Acl.Open,
            Requests.ModeOf(options),
            TimeToLive: (long?)options.TimeToLive?.TotalMilliseconds ?? -1));
    }

    /// <inheritdoc/>
    public IZnodeTransaction Set(ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null) =>
        Add(path, new(OpCode.SetData, "", data.ToArray(), Version: expectedVersion ?? -1));

    /// <inheritdoc/>
    public IZnodeTransaction Delete(ZnodePath path, int? expectedVersion = null) =>
        Add(path, new(OpCode.Delete, "", Version: expectedVersion ?? -1));

    /// <inheritdoc/>
    public IZnodeTransaction GuardedBy(IFenced holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        if (holder.HolderPath is not { } path)
            throw new ArgumentException("The hold has no znode of its own that a transaction could check.", nameof(holder));

        // Any version: others may change the holder's data, for example to ask for its release.
        Check(path, -1);
        _guards.Add(holder);
        return this;
    }

    /// <inheritdoc/>
    public async ValueTask<TransactionOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        if (_committed)
            throw new InvalidOperationException("A transaction can be committed once.");
        _committed = true;
        ZnodeOperations operations = await client.OperationsAsync(cancellationToken);
        foreach (IFenced guard in _guards)
        {
            if (guard.HandleLostToken.IsCancellationRequested || guard.SafeFor <= TimeSpan.Zero)
                throw new SessionLostException($"The hold {guard.HolderPath} is lost; the transaction was not sent.", guard.HolderPath);
        }

        MultiOperation[] request = [.. _operations.Select(entry => entry.Operation with { Path = operations.Paths.ToServer(entry.Path) })];
        MultiResponse response = await operations.MultiAsync(new(request), cancellationToken);
        MultiResult[] results =
        [
            .. response.Results.Select(result => result.Path is null
                ? result
                : result with { Path = operations.Paths.FromServer(result.Path).Value }),
        ];
        return new(Array.TrueForAll(results, result => result.Type != OpCode.Error), results);
    }

    private ZnodeTransaction Add(ZnodePath path, MultiOperation operation)
    {
        if (_committed)
            throw new InvalidOperationException("The transaction is committed.");
        _operations.Add((operation, path));
        return this;
    }
}
