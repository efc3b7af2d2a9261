using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// Creates a znode whose creation survives a lost reply: its name carries a number that nobody else has, so that it can be found again.
/// The names are Curator's: <c>_c_&lt;uuid&gt;-&lt;name&gt;</c>.
/// </summary>
/// <param name="operations">The operations.</param>
/// <param name="parents">Creates missing parents.</param>
/// <param name="deletes">Removes what may be left behind.</param>
internal sealed class ProtectedCreate(ZnodeOperations operations, ParentCreator parents, GuaranteedDeletes deletes)
{
    private const int MostAttempts = 32;

    /// <summary>Creates.</summary>
    /// <param name="path">The path without the prefix.</param>
    /// <param name="data">The data.</param>
    /// <param name="options">The options.</param>
    /// <param name="giveUp">When the whole create has failed.</param>
    /// <param name="cancellationToken">Gives up at once; what was created meanwhile is removed in the background.</param>
    /// <returns>The znode.</returns>
    public async ValueTask<Znode> RunAsync(ZnodePath path, byte[] data, CreateOptions options, Func<bool> giveUp, CancellationToken cancellationToken)
    {
        string prefix = $"_c_{Guid.NewGuid():D}-";
        ZnodePath parent = path.Parent;
        ZnodePath named = parent.Child(prefix + path.Name);
        bool mayExist = false;
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    if (mayExist && await FindAsync(parent, prefix, data, options, cancellationToken) is { } found)
                        return found;

                    mayExist = true;
                    Reply<Create2Response> reply = await operations.CreateOnceAsync(named, data, options, cancellationToken);
                    if (reply.Error == ErrorCode.Ok)
                        return new(operations.Paths.FromServer(reply.Body.Path), data, reply.Body.Stat);

                    // An answer says that this attempt made nothing; an earlier one was looked for above.
                    mayExist = false;
                    if (reply.Error != ErrorCode.NoNode || !options.CreateParents || attempt == MostAttempts)
                        throw Refusal.Of(reply.Error, "create", named);
                    await parents.EnsureAsync(parent, cancellationToken);
                }
                catch (Exception e) when (Refusal.IsTransient(e) && attempt < MostAttempts && !giveUp())
                {
                    // Looks for its znode before it creates again.
                }
            }
        }
        catch (Exception)
        {
            if (mayExist)
                _ = deletes.StartFindAsync(parent, prefix);
            throw;
        }
    }

    private async ValueTask<Znode?> FindAsync(ZnodePath parent, string prefix, byte[] data, CreateOptions options, CancellationToken cancellationToken)
    {
        ZnodeChildren children;
        try
        {
            // The child list is a local read of a server that may lag behind the one that took the create.
            await operations.SyncAsync(parent, cancellationToken);
            children = await operations.GetChildrenAsync(parent, cancellationToken);
        }
        catch (ZnodeNotFoundException)
        {
            return null;
        }

        foreach (string name in children.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            ZnodePath path = parent.Child(name);
            if (await operations.ExistsAsync(path, cancellationToken) is not { } stat)
                continue;
            if (options.Kind is not (CreateKind.Ephemeral or CreateKind.EphemeralSequential)
                || stat.EphemeralOwner == operations.Loop.Publisher.Session.Id)
            {
                return new(path, data, stat);
            }

            // It belongs to a session that is dying; adopting it would mean to lose it soon.
            _ = deletes.StartAsync(path, null);
        }

        return null;
    }
}
