using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>Deletes that go on in the background until the znode is known to be gone.</summary>
/// <param name="operations">The operations.</param>
/// <param name="metrics">Counts those under way.</param>
/// <param name="log">Where refusals are told that nobody waits for.</param>
/// <param name="closing">Fires when the client is disposed.</param>
internal sealed class GuaranteedDeletes(ZnodeOperations operations, ClientMetrics metrics, ILogger log, CancellationToken closing)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts a delete.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="version">The expected version; null for any.</param>
    /// <returns>False if it was absent already. Nobody needs to await it.</returns>
    public Task<bool> StartAsync(ZnodePath path, int? version) => CountedAsync(() => DeleteAsync(path, version), path);

    /// <summary>Starts a search for what a create with this prefix may have left, and deletes it.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="prefix">The prefix that no other create has.</param>
    /// <returns>Nobody needs to await it.</returns>
    public Task StartFindAsync(ZnodePath parent, string prefix) => CountedAsync(() => FindAndDeleteAsync(parent, prefix), parent);

    private async Task<bool> CountedAsync(Func<Task<bool>> work, ZnodePath path)
    {
        metrics.PendingDelete(1);
        try
        {
            return await work();
        }
        catch (CoordinationException e)
        {
            log.DeleteGivenUp(path.Value, e.Message);
            throw;
        }
        finally
        {
            metrics.PendingDelete(-1);
        }
    }

    private async Task<bool> DeleteAsync(ZnodePath path, int? version)
    {
        long owner = operations.Loop.Publisher.Session.Id;
        for (bool first = true; ; first = false)
        {
            try
            {
                if (!first && await BelongsToAnotherAsync(path, owner))
                    return true;
                return await operations.DeleteAsync(path, version, CancellationToken.None) || !first;
            }
            catch (Exception e) when (Refusal.IsTransient(e) && !closing.IsCancellationRequested)
            {
                await Task.Delay(Pause, closing);
            }
        }
    }

    // Once the session has ended, an ephemeral znode of this name may be somebody else's: the one meant is gone or going.
    private async ValueTask<bool> BelongsToAnotherAsync(ZnodePath path, long owner)
    {
        if (operations.Loop.Publisher.Session.Id == owner)
            return false;

        ZnodeStat? stat = await operations.ExistsAsync(path, CancellationToken.None);
        return stat is null || (stat.Value.EphemeralOwner != 0 && stat.Value.EphemeralOwner != owner);
    }

    private async Task<bool> FindAndDeleteAsync(ZnodePath parent, string prefix)
    {
        while (true)
        {
            try
            {
                await operations.SyncAsync(parent, CancellationToken.None);
                ZnodeChildren children = await operations.GetChildrenAsync(parent, CancellationToken.None);
                foreach (string name in children.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
                    await operations.DeleteAsync(parent.Child(name), null, CancellationToken.None);
                return true;
            }
            catch (ZnodeNotFoundException)
            {
                return false;
            }
            catch (Exception e) when (Refusal.IsTransient(e) && !closing.IsCancellationRequested)
            {
                await Task.Delay(Pause, closing);
            }
        }
    }
}
