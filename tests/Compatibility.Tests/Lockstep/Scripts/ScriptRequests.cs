using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Requests that every script needs.</summary>
internal static class ScriptRequests
{
    private const int All = 31;
    private const int ReadAndAdmin = 17;

    /// <summary>The end of a multi.</summary>
    public static readonly object?[] EndOfMulti = [-1, true, -1];

    /// <summary>The entry that lets the walk see znodes with access lists.</summary>
    public static readonly object?[] WalkerEntry = Entry(ReadAndAdmin, "digest", DigestIdentity.Create("root:root"u8.ToArray()));

    /// <summary>The entry that lets everybody read.</summary>
    public static readonly object?[] ReaderEntry = Entry(1, "world", "anyone");

    /// <summary>The list that forbids nothing.</summary>
    public static readonly object?[] Open = [1, Entry(All, "world", "anyone")];

    /// <summary>The walker's credentials.</summary>
    public static readonly ScriptRequest WalkerAuth = new(OpCode.Auth, 0, "digest", "root:root"u8.ToArray()) { Xid = WellKnownXid.Auth };

    /// <summary>The end of a session.</summary>
    public static readonly ScriptRequest Close = new(OpCode.CloseSession) { MayEndConnection = true };

    /// <summary>What a script finds.</summary>
    public static IEnumerable<ScriptRequest> Preparations(World world)
    {
        yield return new ScriptRequest(OpCode.Create, "~", null, Open, 0);
        if (world == World.Limited)
            yield return new ScriptRequest(OpCode.Create, "!", null, Open, 0);
    }

    /// <summary>Everything there is to see of a znode.</summary>
    public static IEnumerable<ScriptRequest> Look(string path) =>
    [
        new ScriptRequest(OpCode.GetChildren2, path, false),
        new ScriptRequest(OpCode.GetData, path, false),
        new ScriptRequest(OpCode.GetAcl, path),
    ];

    /// <summary>An entry of an access list.</summary>
    public static object?[] Entry(int permissions, string? scheme, string? id) => [permissions, scheme, id];
}
