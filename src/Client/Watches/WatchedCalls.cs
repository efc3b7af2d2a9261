using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// A read that leaves a one-shot watch unless a recursive one stands on the same path. Which of the two is decided when the request is
/// written, not when it is queued: in between, a recursive watch may have been sent.
/// </summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The reply.</typeparam>
/// <param name="loop">To remove a watch nobody wants any more.</param>
/// <param name="type">The operation.</param>
/// <param name="kind">The watch.</param>
/// <param name="serverPath">The path on the server.</param>
/// <param name="make">Makes the request with or without the watch.</param>
/// <param name="path">The application's path.</param>
internal sealed class WatchedCall<TRequest, TResponse>(
    SessionLoop loop, OpCode type, WatchKind kind, string serverPath, Func<string, bool, TRequest> make, ZnodePath path)
    : Call<TRequest, TResponse>(type, BreakRule.Resend, make(serverPath, true), path)
    where TRequest : IJuteRecord<TRequest>
    where TResponse : IJuteRecord<TResponse>
{
    private bool _watched;

    /// <inheritdoc/>
    public override void BeforeSend(WatchRegistry watches)
    {
        _watched = watches.MayArm(serverPath);
        Body = make(serverPath, _watched);
    }

    /// <inheritdoc/>
    protected override void OnAnswer(ErrorCode error, WatchRegistry watches)
    {
        // Only exists leaves a watch on an absent znode; a refused read leaves none.
        bool absent = error == ErrorCode.NoNode;
        if (!_watched || (error != ErrorCode.Ok && !(absent && Type == OpCode.Exists)))
            return;
        if (watches.Armed(kind, serverPath, absent))
            loop.Send(InternalRequests.RemoveWatches(serverPath, kind == WatchKind.Data ? WatcherType.Data : WatcherType.Children));
    }
}

/// <summary>Adds a persistent recursive watch.</summary>
/// <param name="serverPath">The path on the server.</param>
/// <param name="path">The application's path.</param>
internal sealed class AddRecursiveWatchCall(string serverPath, ZnodePath path) : Call<AddWatchRequest, EmptyRecord>(
    OpCode.AddWatch, BreakRule.Resend, new(serverPath, AddWatchMode.PersistentRecursive), path)
{
    /// <inheritdoc/>
    public override void BeforeSend(WatchRegistry watches) => watches.RecursiveSent(serverPath);

    /// <inheritdoc/>
    protected override void OnAnswer(ErrorCode error, WatchRegistry watches)
    {
        if (error != ErrorCode.Ok)
            watches.RecursiveRefused(serverPath);
    }
}

/// <summary>Reads that leave watches.</summary>
/// <param name="operations">The operations.</param>
internal sealed class WatchedReads(ZnodeOperations operations)
{
    /// <summary>The operations.</summary>
    public ZnodeOperations Operations => operations;

    /// <summary>The session's thread.</summary>
    public SessionLoop Loop => operations.Loop;

    /// <summary>Reads a znode and leaves a data watch on it, present or absent.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The znode, or null.</returns>
    public async ValueTask<Znode?> GetAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await GetPresentAsync(path, cancellationToken) is { } znode)
                return znode;

            string serverPath = operations.Paths.ToServer(path);
            var exists = new WatchedCall<ExistsRequest, ExistsResponse>(
                Loop, OpCode.Exists, WatchKind.Data, serverPath, static (at, watch) => new(at, watch), path);
            Reply<ExistsResponse> reply = await operations.SendAsync("exists", path, exists, cancellationToken);
            if (reply.Error == ErrorCode.NoNode)
                return null;
            if (reply.Error != ErrorCode.Ok)
                throw Refusal.Of(reply.Error, "exists", path);
        }
    }

    /// <summary>Reads a znode and leaves a data watch if it is there, nothing if not.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The znode, or null.</returns>
    public async ValueTask<Znode?> GetPresentAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        string serverPath = operations.Paths.ToServer(path);
        var get = new WatchedCall<GetDataRequest, GetDataResponse>(
            Loop, OpCode.GetData, WatchKind.Data, serverPath, static (at, watch) => new(at, watch), path);
        Reply<GetDataResponse> reply = await operations.SendAsync("get", path, get, cancellationToken);
        return reply.Error switch
        {
            ErrorCode.Ok => new(path, reply.Body.Data, reply.Body.Stat),
            ErrorCode.NoNode => null,
            _ => throw Refusal.Of(reply.Error, "get", path),
        };
    }

    /// <summary>Lists children and leaves a child watch; null, and no watch, if the parent is absent.</summary>
    /// <param name="path">The parent.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The children, or null.</returns>
    public async ValueTask<ZnodeChildren?> GetChildrenAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        string serverPath = operations.Paths.ToServer(path);
        var call = new WatchedCall<GetChildren2Request, GetChildren2Response>(
            Loop, OpCode.GetChildren2, WatchKind.Children, serverPath, static (at, watch) => new(at, watch), path);
        Reply<GetChildren2Response> reply = await operations.SendAsync("children", path, call, cancellationToken);
        return reply.Error switch
        {
            ErrorCode.Ok => new(path, ZnodeOperations.SortedNames(reply.Body.Children), reply.Body.Stat),
            ErrorCode.NoNode => null,
            _ => throw Refusal.Of(reply.Error, "children", path),
        };
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="kind">To what.</param>
    /// <param name="path">Where.</param>
    /// <param name="listener">Who.</param>
    public void Add(WatchKind kind, ZnodePath path, IWatchListener listener) =>
        Loop.Post(() => Loop.Watches.Add(kind, operations.Paths.ToServer(path), listener));

    /// <summary>Ends listening, and the server's watch if nobody else listens.</summary>
    /// <param name="kind">To what.</param>
    /// <param name="path">Where.</param>
    /// <param name="listener">Who.</param>
    public void Remove(WatchKind kind, ZnodePath path, IWatchListener listener) => Loop.Post(() =>
    {
        string serverPath = operations.Paths.ToServer(path);
        if (!Loop.Watches.Remove(kind, serverPath, listener))
            return;

        // Type 5 is unknown below 3.9, where a path has one mode anyway; "any" suits all, and one-shot listeners were told to read again.
        Loop.Send(InternalRequests.RemoveWatches(serverPath, kind switch
        {
            WatchKind.Data => WatcherType.Data,
            WatchKind.Children => WatcherType.Children,
            _ => WatcherType.Any,
        }));
    });
}
