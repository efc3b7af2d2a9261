using Coordination.Protocol;

namespace Coordination.Client;

/// <content>Operations on znodes.</content>
public sealed partial class CoordinationClient
{
    private const int MostParentRounds = 16;

    /// <inheritdoc/>
    public async ValueTask<Znode> CreateAsync(
        ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        options ??= new();
        _ = Requests.ModeOf(options);
        Room room = await OpenAsync(cancellationToken);
        byte[] bytes = data.ToArray();
        if (options.SurviveLostReply)
        {
            DateTimeOffset giveUpAt = TimeProvider.System.GetUtcNow() + _options.OperationTimeout;
            return await room.Protected.RunAsync(path, bytes, options, () => TimeProvider.System.GetUtcNow() >= giveUpAt, cancellationToken);
        }

        for (int round = 1; ; round++)
        {
            Reply<Create2Response> reply = await room.Operations.CreateOnceAsync(path, bytes, options, cancellationToken);
            if (reply.Error == ErrorCode.Ok)
                return new(room.Operations.Paths.FromServer(reply.Body.Path), bytes, reply.Body.Stat);
            if (reply.Error != ErrorCode.NoNode || !options.CreateParents || round == MostParentRounds)
                throw Refusal.Of(reply.Error, "create", path);

            // A container made a moment ago may be gone again: that is no failure, only another round.
            await room.Parents.EnsureAsync(path.Parent, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Znode?> TryGetAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).TryGetAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeStat?> ExistsAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).ExistsAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeChildren> GetChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).GetChildrenAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeStat> SetAsync(
        ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).SetAsync(path, data.ToArray(), expectedVersion, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeStat?> TrySetAsync(
        ZnodePath path, ReadOnlyMemory<byte> data, int expectedVersion, CancellationToken cancellationToken = default)
    {
        try
        {
            return await SetAsync(path, data, expectedVersion, cancellationToken);
        }
        catch (VersionMismatchException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(
        ZnodePath path, int? expectedVersion = null, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        Room room = await OpenAsync(cancellationToken);
        return options is { Guaranteed: true }
            ? await room.Deletes.StartAsync(path, expectedVersion).WaitAsync(cancellationToken)
            : await room.Operations.DeleteAsync(path, expectedVersion, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeAcl> GetAclAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).GetAclAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ZnodeStat> SetAclAsync(
        ZnodePath path, IReadOnlyList<Acl> acl, int? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        return await (await OperationsAsync(cancellationToken)).SetAclAsync(path, acl, expectedVersion, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SyncAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        await (await OperationsAsync(cancellationToken)).SyncAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AuthenticateAsync(CoordinationCredential credential, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credential);
        await LeaveContext.Now();
        await OpenAsync(cancellationToken);
        var entry = new CredentialEntry(credential);
        _loop.Authenticate(entry);
        await entry.Acceptance.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public IZnodeTransaction BeginTransaction() => new ZnodeTransaction(this);
}
