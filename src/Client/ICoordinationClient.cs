using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// A client of a coordination ensemble. One per application: it owns one session and one connection, over which thousands of requests
/// may be in flight. Calls made while disconnected wait up to the operation timeout. Every member may be called from any thread; none blocks.
/// </summary>
/// <remarks>
/// When the connection breaks, reads and version-checked writes in flight are retried; other writes fail at once with
/// <see cref="OutcomeUnknownException"/>. A session presumed lost is never resumed.
/// </remarks>
public interface ICoordinationClient : IAsyncDisposable, IDisposable
{
    /// <summary>The present session.</summary>
    SessionInfo Session { get; }

    /// <summary>The state of the session: the current one on subscription, then every change. Completes on dispose.</summary>
    IObservable<SessionChange> SessionChanges { get; }

    /// <summary>Waits for a connection.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The session connected with.</returns>
    /// <exception cref="ConnectionUnavailableException">None could be had within the connect timeout.</exception>
    ValueTask<SessionInfo> ConnectAsync(CancellationToken cancellationToken = default);

    /// <summary>Creates a znode.</summary>
    /// <param name="path">The path; the server appends ten digits for sequential kinds.</param>
    /// <param name="data">The data.</param>
    /// <param name="options">Kind, access list and so on; null for a persistent znode open to everybody.</param>
    /// <param name="cancellationToken">Before sending it removes the request, afterwards it abandons the reply.</param>
    /// <returns>The znode with its final path.</returns>
    /// <exception cref="ZnodeExistsException">It exists.</exception>
    /// <exception cref="ZnodeNotFoundException">The parent is absent.</exception>
    ValueTask<Znode> CreateAsync(ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reads data and stat.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The znode, or null if it is absent.</returns>
    ValueTask<Znode?> TryGetAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>Reads the stat.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The stat, or null if the znode is absent.</returns>
    ValueTask<ZnodeStat?> ExistsAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>Lists the children.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The names and the parent's stat.</returns>
    /// <exception cref="ZnodeNotFoundException">The znode is absent.</exception>
    ValueTask<ZnodeChildren> GetChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>Replaces the data.</summary>
    /// <param name="path">The path.</param>
    /// <param name="data">The new data.</param>
    /// <param name="expectedVersion">The expected version; null for any.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The new stat.</returns>
    /// <exception cref="ZnodeNotFoundException">The znode is absent.</exception>
    /// <exception cref="VersionMismatchException">It has another version.</exception>
    ValueTask<ZnodeStat> SetAsync(ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Replaces the data if the version is the expected one.</summary>
    /// <param name="path">The path.</param>
    /// <param name="data">The new data.</param>
    /// <param name="expectedVersion">The expected version.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The new stat, or null if the version was another one.</returns>
    /// <exception cref="ZnodeNotFoundException">The znode is absent.</exception>
    ValueTask<ZnodeStat?> TrySetAsync(ZnodePath path, ReadOnlyMemory<byte> data, int expectedVersion, CancellationToken cancellationToken = default);

    /// <summary>Deletes a znode.</summary>
    /// <param name="path">The path.</param>
    /// <param name="expectedVersion">The expected version; null for any.</param>
    /// <param name="options">Whether the delete goes on until it has happened.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>False if it was absent already.</returns>
    /// <exception cref="VersionMismatchException">It has another version.</exception>
    /// <exception cref="ZnodeNotEmptyException">It has children.</exception>
    ValueTask<bool> DeleteAsync(ZnodePath path, int? expectedVersion = null, DeleteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reads the access list.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The list, with the stat.</returns>
    ValueTask<ZnodeAcl> GetAclAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>Replaces the access list.</summary>
    /// <param name="path">The path.</param>
    /// <param name="acl">The new list.</param>
    /// <param name="expectedVersion">The expected version of the list; null for any.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The new stat.</returns>
    ValueTask<ZnodeStat> SetAclAsync(ZnodePath path, IReadOnlyList<Acl> acl, int? expectedVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until the connected server has applied what its leader had committed when the call arrived there.</summary>
    /// <param name="path">Any path.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>A task.</returns>
    ValueTask SyncAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>Adds credentials to this client; sent again on every new connection before anything else.</summary>
    /// <param name="credential">Scheme and data.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>A task.</returns>
    /// <exception cref="AuthenticationFailedException">The server refused them; the client is closed.</exception>
    ValueTask AuthenticateAsync(CoordinationCredential credential, CancellationToken cancellationToken = default);

    /// <summary>Starts a transaction.</summary>
    /// <returns>An empty transaction.</returns>
    IZnodeTransaction BeginTransaction();

    /// <summary>Follows a znode through creation, change and deletion: its present state on subscription, then every newer one, latest wins.</summary>
    /// <param name="path">The path; it need not exist.</param>
    /// <returns>A stream that a reconnect never ends: it says <see cref="Freshness.Suspended"/>, then <see cref="Freshness.Resynced"/>.</returns>
    IObservable<ZnodeView> Observe(ZnodePath path);

    /// <summary>Follows the list of children.</summary>
    /// <param name="path">The parent; it need not exist.</param>
    /// <returns>As <see cref="Observe"/>.</returns>
    IObservable<ChildrenView> ObserveChildren(ZnodePath path);

    /// <summary>Follows a subtree: every znode of it first, then every change with before and after.</summary>
    /// <param name="root">The root of the subtree; it need not exist.</param>
    /// <param name="options">Depth and buffer; null for the defaults.</param>
    /// <returns>As <see cref="Observe"/>, with markers of their own.</returns>
    IObservable<TreeChange> ObserveTree(ZnodePath root, TreeObserveOptions? options = null);

    /// <summary>The twin of <see cref="Observe"/> for <c>await foreach</c>.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The stream.</returns>
    IAsyncEnumerable<ZnodeView> WatchAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>The twin of <see cref="ObserveChildren"/> for <c>await foreach</c>.</summary>
    /// <param name="path">The parent.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The stream.</returns>
    IAsyncEnumerable<ChildrenView> WatchChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>The twin of <see cref="ObserveTree"/> for <c>await foreach</c>.</summary>
    /// <param name="root">The root of the subtree.</param>
    /// <param name="options">Depth and buffer; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The stream.</returns>
    IAsyncEnumerable<TreeChange> WatchTreeAsync(ZnodePath root, TreeObserveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until a znode is absent, with a data watch that leaves nothing behind. Survives reconnects.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="cancellationToken">Removes the watch and cancels the wait.</param>
    /// <returns>A task that completes when the znode is absent.</returns>
    /// <exception cref="SessionLostException">The session ended meanwhile; the caller's own ephemeral znodes are gone.</exception>
    ValueTask WaitUntilDeletedAsync(ZnodePath path, CancellationToken cancellationToken = default);

    /// <summary>
    /// Declares that the caller relies on the session being alive. While any such declaration is in force the heartbeat is a request
    /// that needs a quorum, and <see cref="SessionInfo.SafeFor"/> and <see cref="SessionInfo.Lost"/> follow the local deadline.
    /// </summary>
    /// <returns>Dispose it to end the declaration.</returns>
    IDisposable HoldSession();
}
