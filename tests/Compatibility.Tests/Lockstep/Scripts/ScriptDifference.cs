using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>A difference that is accepted wherever it turns up in a script; the row of docs/compatibility.md says why.</summary>
/// <param name="Row">The name of the row.</param>
/// <param name="Holds">Whether this is the difference that is meant: the request, Apache's code and ours.</param>
internal sealed record ScriptDifference(string Row, Func<ScriptRequest, ErrorCode, ErrorCode, bool> Holds)
{
    public static IReadOnlyList<ScriptDifference> All { get; } =
    [
        new("exists without the right", static (request, theirs, ours) =>
            request.Operation == OpCode.Exists && theirs == ErrorCode.Ok && ours == ErrorCode.NoAuth),
        new("flags 9 in a multi", static (request, theirs, ours) =>
            request.Operation == OpCode.Multi && theirs == ErrorCode.Ok && ours == ErrorCode.MarshallingError && HasUnknownFlags(request)),
        new("null access list in a multi", static (request, theirs, ours) =>
            request.Operation == OpCode.Multi && theirs == ErrorCode.Ok && ours == ErrorCode.MarshallingError && HasNullList(request)),
        new("checkWatches of type 5", static (request, theirs, ours) =>
            request.Operation is OpCode.CheckWatches or OpCode.RemoveWatches && request.Parts[^1] is 4 or 5
            && theirs == ErrorCode.MarshallingError && ours is ErrorCode.NoWatcher or ErrorCode.Ok),
        new("checkWatches of somebody else's watch", static (request, theirs, ours) =>
            request.Operation == OpCode.CheckWatches && theirs == ErrorCode.Ok && ours == ErrorCode.NoWatcher),
        new("a write that cannot be decoded", static (request, theirs, ours) =>
            IsWrite(request.Operation) && theirs == ErrorCode.MarshallingError && ours == theirs)
        { OneTakesAZxid = true },
        new("create of null with flags that do not exist", static (request, theirs, ours) =>
            IsWrite(request.Operation) && request.Parts[0] is null && theirs == ErrorCode.BadArguments && ours == ErrorCode.MarshallingError)
        { OneTakesAZxid = true },
        new("multi or multiRead that cannot be answered", static (request, theirs, ours) =>
            request.Operation is OpCode.Multi or OpCode.MultiRead && theirs == ErrorCode.MarshallingError && ours == theirs)
        { OneTakesAZxid = true },
        new("access list with a null id", static (request, theirs, ours) =>
            theirs == ErrorCode.MarshallingError && HasNullIdentity(request.Parts)
            && (ours == ErrorCode.InvalidAcl || (ours == ErrorCode.Ok && request.Operation == OpCode.Multi))),
        new("deleteContainer from a client", static (request, theirs, ours) =>
            request.Operation == OpCode.DeleteContainer && theirs == ErrorCode.BadArguments && ours == ErrorCode.Unimplemented)
        { OneTakesAZxid = true },
    ];

    /// <summary>How often it was met.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a zxid is taken on one side only.</summary>
    public bool OneTakesAZxid { get; private init; }

    /// <summary>Which of these a difference between two replies is, if any.</summary>
    public static ScriptDifference? Met(Observation theirs, Observation ours)
    {
        ErrorCode their = Answer.ErrorOf(theirs);
        ErrorCode our = Answer.ErrorOf(ours);
        if (All.FirstOrDefault(difference => difference.Holds(theirs.Request!, their, our)) is not { } met)
            return null;

        met.Count++;
        return met;
    }

    /// <summary>Whether this is "auth cut short": Apache closes, and we say why before that.</summary>
    public static bool IsAuthCutShort(Observation? theirs, Observation? ours) =>
        theirs is { Kind: ObservationKind.End }
        && ours is { Kind: ObservationKind.Reply, Request: { Operation: OpCode.Auth, Damage: not null } }
        && Answer.ErrorOf(ours) == ErrorCode.AuthFailed;

    private static bool HasNullList(ScriptRequest multi) =>
        multi.Parts.Any(static part => part is object?[] { Length: > 5 } record && record[5] is object?[] and [null]);

    private static bool HasNullIdentity(object?[] parts) =>
        parts is [int, "digest" or "ip" or "world", null] || parts.Any(static part => part is object?[] inner && HasNullIdentity(inner));

    private static bool IsWrite(OpCode operation) => operation
        is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
        or OpCode.Delete or OpCode.SetData or OpCode.SetAcl;

    private static bool HasUnknownFlags(ScriptRequest multi) => multi.Parts.Any(static part =>
        part is object?[] { Length: > 3 } record
        && record[0] is (int)OpCode.Create or (int)OpCode.Create2 or (int)OpCode.CreateContainer
        && record[^1] is < 0 or > 6);
}
