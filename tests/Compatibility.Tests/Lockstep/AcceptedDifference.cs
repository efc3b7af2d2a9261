using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep;

/// <summary>A request answered otherwise on purpose; docs/compatibility.md gives the reason for each, under the same name.</summary>
/// <param name="Request">The name of the request.</param>
/// <param name="Holds">Whether this is the difference that is meant: Apache's answer and ours.</param>
internal sealed record AcceptedDifference(string Request, Func<LockstepAnswer, LockstepAnswer, bool> Holds)
{
    public static IReadOnlyList<AcceptedDifference> All { get; } =
    [
        new("exists without the right", static (apache, ours) => apache.Error == ErrorCode.Ok && ours.Error == ErrorCode.NoAuth),
        new("multi with a create of null", HasNoList), new("multi with a delete of null", HasNoList), new("multi with a set of null", HasNoList),
        new("multi with a check of null", HasNoList), new("multiRead of null", HasNoList), new("multiRead with a write", HasNoList),
        new("sync of null", static (apache, ours) => apache.Body == "ffffffff" && ours.Body == "00000000"),
        new(
            "create2 in a multi",
            static (apache, ours) => apache.Body.StartsWith("00000001", StringComparison.Ordinal)
                && ours.Body.StartsWith("0000000f", StringComparison.Ordinal)),
        new("flags 9 in a multi", static (apache, ours) => apache.Error == ErrorCode.Ok && ours.Error == ErrorCode.MarshallingError),
        new(
            "null access list in a multi", static (apache, ours) => apache.Error == ErrorCode.Ok && ours.Error == ErrorCode.MarshallingError),
        new("addWatch without the right", static (apache, ours) => apache.Error == ErrorCode.Ok && ours.Error == ErrorCode.NoAuth),
        new("addWatch without the right, recursive", static (apache, ours) => apache.Error == ErrorCode.Ok && ours.Error == ErrorCode.NoAuth),
        new(
            "checkWatches of type 5",
            static (apache, ours) => apache.Error == ErrorCode.MarshallingError && ours.Error == ErrorCode.NoWatcher),
        new(
            "createSession from a client",
            static (apache, ours) => apache.Length == 37 && ours is { Error: ErrorCode.Unimplemented, LivesOn: false }),
        new("auth cut short", static (apache, ours) => apache.Error is null && ours is { Error: ErrorCode.AuthFailed, LivesOn: false }),
        new(
            "deleteContainer from a client",
            static (apache, ours) => apache.LivesOn == true && ours is { Error: ErrorCode.Unimplemented, LivesOn: true }),
    ];

    private static bool HasNoList(LockstepAnswer apache, LockstepAnswer ours) =>
        apache == ours with { Body = "ffffffff01ffffffff", Length = ours.Length + MultiHeader.Size } && ours.Error == ErrorCode.MarshallingError;
}
