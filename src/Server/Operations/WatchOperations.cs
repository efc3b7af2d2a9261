using Coordination.Protocol;
using Coordination.Server.Tree;
using Coordination.Server.Watches;

namespace Coordination.Server.Operations;

/// <summary>
/// Leaves a persistent or recursive watch. The znode need not exist; one that does must be readable by whoever wants to watch it. What
/// becomes readable or not later on is looked at with each event.
/// </summary>
internal sealed class AddWatchOperation() : ReadOperation(OpCode.AddWatch)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        AddWatchRequest add = request.Read<AddWatchRequest>();
        if (add.Mode is AddWatchMode.Persistent or AddWatchMode.PersistentRecursive
            && GetDataOperation.Find(add.Path, state, caller, out _) == ErrorCode.NoAuth)
        {
            return ErrorCode.NoAuth;
        }

        bool? added = add.Mode switch
        {
            AddWatchMode.Persistent => state.Watches!.AddPersistent(caller.Watcher, add.Path),
            AddWatchMode.PersistentRecursive => state.Watches!.AddRecursive(caller.Watcher, add.Path),
            _ => null,
        };
        if (added is not true)
            return added is null ? ErrorCode.MarshallingError : ErrorCode.BadArguments;

        new ErrorResponse(ErrorCode.Ok).Write(ref reply);
        return ErrorCode.Ok;
    }
}

/// <summary>Asks whether the connection holds a watch.</summary>
internal sealed class CheckWatchesOperation() : ReadOperation(OpCode.CheckWatches)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        CheckWatchesRequest check = request.Read<CheckWatchesRequest>();
        return ToError(state.Watches!.Contains(caller.Watcher, check.Path, check.Type));
    }

    /// <summary>The answer to "were there any", where null means that the type does not exist.</summary>
    public static ErrorCode ToError(bool? found) => found switch
    {
        true => ErrorCode.Ok,
        false => ErrorCode.NoWatcher,
        null => ErrorCode.MarshallingError,
    };
}

/// <summary>Removes watches of the connection.</summary>
internal sealed class RemoveWatchesOperation() : ReadOperation(OpCode.RemoveWatches)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        RemoveWatchesRequest remove = request.Read<RemoveWatchesRequest>();
        return CheckWatchesOperation.ToError(state.Watches!.Remove(caller.Watcher, remove.Path, remove.Type));
    }
}

/// <summary>
/// Re-establishes watches after a reconnect: what happened since the zxid that the client saw last is told at once, ahead of the reply;
/// for the rest a watch is left. Persistent watches learn nothing of what they missed. An event that the connection may not see any more is
/// used up in silence, as it is when a watch fires.
/// </summary>
internal sealed class SetWatchesOperation(OpCode code) : ReadOperation(code)
{
    private const long NoZxid = -1;

    /// <inheritdoc/>
    public override bool SendsEvents => true;

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        SetWatches2 set = Read(ref request);

        // All of them or none: whoever gets this error knows that no watch stands.
        long wanted = Cost(set.Data) + Cost(set.Exist) + Cost(set.Child) + (2 * Cost(set.Persistent)) + Cost(set.PersistentRecursive);
        if (!state.Watches!.HasRoom(caller.Watcher, wanted))
            return ErrorCode.BadArguments;

        bool complete = ForEach(set.Data, path => SetData(path, set.RelativeZxid, state, caller))
            && ForEach(set.Exist, path => SetExist(path, state, caller))
            && ForEach(set.Child, path => SetChild(path, set.RelativeZxid, state, caller))
            && ForEach(set.Persistent, path => state.Watches!.AddPersistent(caller.Watcher, path))
            && ForEach(set.PersistentRecursive, path => state.Watches!.AddRecursive(caller.Watcher, path));
        return complete ? ErrorCode.Ok : ErrorCode.MarshallingError;
    }

    private static int Count(IReadOnlyList<string>? paths) => paths?.Count ?? 0;

    private static long Cost(IReadOnlyList<string>? paths)
    {
        long cost = 0;
        for (int i = 0; i < Count(paths); i++)
            cost += WatchLimits.CostOf(paths![i]);
        return cost;
    }

    /// <returns>False for a null list: as at Apache, the lists before it count, and those after it do not.</returns>
    private static bool ForEach(IReadOnlyList<string>? paths, Action<string> leave)
    {
        for (int i = 0; i < Count(paths); i++)
            leave(paths![i]);
        return paths is not null;
    }

    private SetWatches2 Read(ref JuteReader request)
    {
        if (Code == OpCode.SetWatches2)
            return request.Read<SetWatches2>();

        SetWatches set = request.Read<SetWatches>();
        return new SetWatches2(set.RelativeZxid, set.Data, set.Exist, set.Child, [], []);
    }

    private static void SetData(string path, long seen, CommittedState state, ICaller caller)
    {
        if (state.Tree.Find(path) is not { } znode)
            caller.Watcher.Notify(WatchEventType.NodeDeleted, path, NoZxid);
        else if (znode.Stat.Mzxid > seen)
            Tell(WatchEventType.NodeDataChanged, path, znode, state, caller);
        else
            state.Watches!.AddData(caller.Watcher, path);
    }

    private static void SetExist(string path, CommittedState state, ICaller caller)
    {
        if (state.Tree.Find(path) is { } znode)
            Tell(WatchEventType.NodeCreated, path, znode, state, caller);
        else
            state.Watches!.AddData(caller.Watcher, path);
    }

    private static void SetChild(string path, long seen, CommittedState state, ICaller caller)
    {
        if (state.Tree.Find(path) is not { } znode)
            caller.Watcher.Notify(WatchEventType.NodeDeleted, path, NoZxid);
        else if (znode.Stat.Pzxid > seen)
            Tell(WatchEventType.NodeChildrenChanged, path, znode, state, caller);
        else
            state.Watches!.AddChild(caller.Watcher, path);
    }

    private static void Tell(WatchEventType type, string path, Znode znode, CommittedState state, ICaller caller)
    {
        if (caller.Watcher.MayRead(state.Tree.Acls.Get(znode.AclId)))
            caller.Watcher.Notify(type, path, NoZxid);
    }
}
