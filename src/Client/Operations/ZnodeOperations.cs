using System.Diagnostics;
using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Every operation on znodes, once: path translation, sending, and what each code means. Runs outside the caller's context.</summary>
/// <param name="loop">The session's thread.</param>
/// <param name="paths">The chroot.</param>
/// <param name="metrics">What is measured.</param>
internal sealed class ZnodeOperations(SessionLoop loop, PathMap paths, ClientMetrics metrics)
{
    private static readonly ActivitySource Activities = new(CoordinationDiagnostics.ActivitySourceName);

    /// <summary>The session's thread.</summary>
    public SessionLoop Loop => loop;

    /// <summary>The chroot.</summary>
    public PathMap Paths => paths;

    /// <summary>Creates without any of the recoveries.</summary>
    public async ValueTask<Reply<Create2Response>> CreateOnceAsync(ZnodePath path, byte[] data, CreateOptions options, CancellationToken cancellationToken)
    {
        PendingRequest request = Requests.Create(paths.ToServer(path), data, options, path, out Task<Reply<Create2Response>> answer);
        if (request is Call<CreateRequest, Create2Response> create)
            create.CancelWith(cancellationToken);
        else if (request is Call<CreateTtlRequest, Create2Response> createTtl)
            createTtl.CancelWith(cancellationToken);
        return await MeasureAsync("create", path, request, answer);
    }

    /// <summary>Reads data and stat; null if absent.</summary>
    public async ValueTask<Znode?> TryGetAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        Reply<GetDataResponse> reply = await SendAsync("get", path, Requests.Get(paths.ToServer(path), path), cancellationToken);
        return reply.Error switch
        {
            ErrorCode.Ok => new Znode(path, reply.Body.Data, reply.Body.Stat),
            ErrorCode.NoNode => null,
            _ => throw Refusal.Of(reply.Error, "get", path),
        };
    }

    /// <summary>Reads the stat; null if absent.</summary>
    public async ValueTask<ZnodeStat?> ExistsAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        Reply<ExistsResponse> reply = await SendAsync("exists", path, Requests.Exists(paths.ToServer(path), path), cancellationToken);
        return reply.Error switch
        {
            ErrorCode.Ok => reply.Body.Stat,
            ErrorCode.NoNode => null,
            _ => throw Refusal.Of(reply.Error, "exists", path),
        };
    }

    /// <summary>Lists children.</summary>
    public async ValueTask<ZnodeChildren> GetChildrenAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        Reply<GetChildren2Response> reply = await SendAsync("children", path, Requests.Children(paths.ToServer(path), path), cancellationToken);
        if (reply.Error != ErrorCode.Ok)
            throw Refusal.Of(reply.Error, "children", path);

        return new(path, SortedNames(reply.Body.Children), reply.Body.Stat);
    }

    /// <summary>Replaces data.</summary>
    public async ValueTask<ZnodeStat> SetAsync(ZnodePath path, byte[] data, int? expectedVersion, CancellationToken cancellationToken)
    {
        Reply<SetDataResponse> reply =
            await SendAsync("set", path, Requests.Set(paths.ToServer(path), data, expectedVersion, path), cancellationToken);
        ThrowIfAmbiguous(reply, "set", path);
        return reply.Error == ErrorCode.Ok ? reply.Body.Stat : throw Refusal.Of(reply.Error, "set", path);
    }

    /// <summary>Deletes; false if absent.</summary>
    public async ValueTask<bool> DeleteAsync(ZnodePath path, int? expectedVersion, CancellationToken cancellationToken)
    {
        Reply<EmptyRecord> reply =
            await SendAsync("delete", path, Requests.Delete(paths.ToServer(path), expectedVersion, path), cancellationToken);
        ThrowIfAmbiguous(reply, "delete", path);
        return reply.Error switch
        {
            ErrorCode.Ok => true,
            ErrorCode.NoNode => false,
            _ => throw Refusal.Of(reply.Error, "delete", path),
        };
    }

    /// <summary>Reads the access list.</summary>
    public async ValueTask<ZnodeAcl> GetAclAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        Reply<GetAclResponse> reply = await SendAsync("get acl", path, Requests.GetAcl(paths.ToServer(path), path), cancellationToken);
        return reply.Error == ErrorCode.Ok ? new(path, reply.Body.Acl ?? [], reply.Body.Stat) : throw Refusal.Of(reply.Error, "get acl", path);
    }

    /// <summary>Replaces the access list.</summary>
    public async ValueTask<ZnodeStat> SetAclAsync(ZnodePath path, IReadOnlyList<Acl> acl, int? expectedVersion, CancellationToken cancellationToken)
    {
        Reply<SetAclResponse> reply =
            await SendAsync("set acl", path, Requests.SetAcl(paths.ToServer(path), acl, expectedVersion, path), cancellationToken);
        ThrowIfAmbiguous(reply, "set acl", path);
        return reply.Error == ErrorCode.Ok ? reply.Body.Stat : throw Refusal.Of(reply.Error, "set acl", path);
    }

    /// <summary>Waits for the leader's state.</summary>
    public async ValueTask SyncAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        Reply<SyncResponse> reply = await SendAsync("sync", path, Requests.Sync(paths.ToServer(path), path), cancellationToken);
        if (reply.Error != ErrorCode.Ok)
            throw Refusal.Of(reply.Error, "sync", path);
    }

    /// <summary>Commits a transaction.</summary>
    public async ValueTask<MultiResponse> MultiAsync(MultiRequest request, CancellationToken cancellationToken)
    {
        Reply<MultiResponse> reply = await SendAsync("transaction", ZnodePath.Root, Requests.Multi(request), cancellationToken);
        return reply.Error == ErrorCode.Ok ? reply.Body : throw Refusal.Of(reply.Error, "a transaction", ZnodePath.Root);
    }

    /// <summary>Sends a call and waits.</summary>
    public ValueTask<Reply<TResponse>> SendAsync<TRequest, TResponse>(
        string operation, ZnodePath path, Call<TRequest, TResponse> call, CancellationToken cancellationToken)
        where TRequest : IJuteRecord<TRequest>
        where TResponse : IJuteRecord<TResponse>
    {
        call.CancelWith(cancellationToken);
        return MeasureAsync(operation, path, call, call.Task);
    }

    /// <summary>Names in ordinal order.</summary>
    public static IReadOnlyList<string> SortedNames(IReadOnlyList<string>? names)
    {
        if (names is null or { Count: 0 })
            return [];

        string[] sorted = [.. names];
        Array.Sort(sorted, StringComparer.Ordinal);
        return sorted;
    }

    private ValueTask<Reply<T>> MeasureAsync<T>(string operation, ZnodePath path, PendingRequest request, Task<Reply<T>> answer)
    {
        if (!metrics.MeasuresDuration && !Activities.HasListeners())
        {
            loop.Send(request);
            return new(answer);
        }

        return new(ObserveAsync(operation, path, request, answer));
    }

    private async Task<Reply<T>> ObserveAsync<T>(string operation, ZnodePath path, PendingRequest request, Task<Reply<T>> answer)
    {
        using Activity? activity = Activities.StartActivity("coordination." + operation, ActivityKind.Client);
        activity?.SetTag("coordination.path", path.Value);
        long start = Stopwatch.GetTimestamp();
        string? error = null;
        try
        {
            loop.Send(request);
            Reply<T> reply = await answer;
            error = reply.Error == ErrorCode.Ok ? null : reply.Error.ToString();
            return reply;
        }
        catch (Exception e)
        {
            error = e.GetType().Name;
            throw;
        }
        finally
        {
            if (error is not null)
                activity?.SetStatus(ActivityStatusCode.Error, error);
            metrics.Operation(operation, Stopwatch.GetElapsedTime(start), error);
        }
    }

    // A write that demands a version and was sent twice may itself have made the version that its second sending met.
    private static void ThrowIfAmbiguous<T>(in Reply<T> reply, string operation, ZnodePath path)
    {
        if (reply.TimesSent > 1 && (reply.Error is ErrorCode.BadVersion or ErrorCode.NoNode))
        {
            throw new OutcomeUnknownException(
                $"The connection broke while {operation} of {path} was under way. Sent again, it met {reply.Error}: perhaps its own first effect.", path);
        }
    }
}
