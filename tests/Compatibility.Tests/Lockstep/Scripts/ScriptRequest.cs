using System.Buffers.Binary;
using System.Globalization;
using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>One request of a script. What is not the same on both servers, or in each run, stands in it as a placeholder.</summary>
/// <param name="Operation">The operation's number; need not exist.</param>
/// <param name="Parts">
/// The record, field by field: a text (a leading ~ is the script's own znode, ! that of its quotas), a buffer, numbers, a boolean, null
/// as the length -1, a <see cref="SeenZxid"/>, or an array of further parts.
/// </param>
internal sealed record ScriptRequest(OpCode Operation, params object?[] Parts)
{
    /// <summary>The xid; by default the next of its connection.</summary>
    public int? Xid { get; init; }

    /// <summary>What is done to the bytes before they are sent.</summary>
    public Damage? Damage { get; init; }

    /// <summary>Whether the request is sent alone and a ping after it tells whether the connection lives on.</summary>
    public bool MayEndConnection { get; init; }

    /// <summary>Whether the bytes are a frame as they stand, without a header of a request.</summary>
    public bool IsBareFrame { get; init; }

    /// <summary>The frame for one server.</summary>
    public byte[] Frame(int xid, string root, Func<int, long> zxidOfAge)
    {
        byte[] body = LockstepRequest.Bytes(Resolve(Parts, root, zxidOfAge));
        body = Damage?.Apply(body) ?? body;
        return LockstepRequest.Bytes(IsBareFrame ? [body] : [LockstepRequest.Bytes(Xid ?? xid, (int)Operation).Concat(body).ToArray()]);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string xid = Xid is { } own ? $" xid {own}" : "";
        string bare = IsBareFrame ? "frame " : "";
        return $"{bare}{Operation}({Text(Parts)}){xid}{(Damage is { } damage ? $" {damage}" : "")}";
    }

    private static object?[] Resolve(object?[] parts, string root, Func<int, long> zxidOfAge) =>
    [
        .. parts.SelectMany(part => part switch
        {
            string text when text.StartsWith('~') => [string.Concat(root, text.AsSpan(1))],
            string text when text.StartsWith('!') => [string.Concat("/zookeeper/quota", root, text.AsSpan(1))],
            SeenZxid seen => [zxidOfAge(seen.Age)],
            object?[] more and not byte[][] => Resolve(more, root, zxidOfAge),
            _ => new[] { part },
        }),
    ];

    private static string Text(object?[] parts) => string.Join(", ", parts.Select(static part => part switch
    {
        null => "null",
        string text => $"\"{Printable(text)}\"",
        byte[] { Length: > 24 } buffer => $"{buffer.Length} bytes",
        byte[] buffer => $"[{Convert.ToHexStringLower(buffer)}]",
        object?[] more => $"({Text(more)})",
        _ => string.Create(CultureInfo.InvariantCulture, $"{part}"),
    }));

    private static string Printable(string text) =>
        string.Concat(text.Select(static c => c is < ' ' or > '~' ? $"\\u{(int)c:x4}" : $"{c}"));
}

/// <summary>A zxid that both servers have shown, counted back from the newest; each gets its own.</summary>
/// <param name="Age">0 is the newest.</param>
internal readonly record struct SeenZxid(int Age);

/// <summary>What makes a good record a bad one.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="At">Where, in thousandths of the length.</param>
/// <param name="Value">What is written there.</param>
internal readonly record struct Damage(DamageKind Kind, int At, int Value)
{
    public byte[] Apply(byte[] body)
    {
        int at = (int)((long)body.Length * At / 1000);
        switch (Kind)
        {
            case DamageKind.Cut:
                return body[..at];
            case DamageKind.Extend:
                return [.. body, .. LockstepRequest.Bytes(Value)];
            default:
                byte[] changed = [.. body];
                if (at + sizeof(int) <= changed.Length)
                    BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(at), Value);
                return changed;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} at {At} with {Value}";
}

/// <summary>Ways to damage a record.</summary>
internal enum DamageKind
{
    /// <summary>The end is missing.</summary>
    Cut,

    /// <summary>Four more bytes follow.</summary>
    Extend,

    /// <summary>Four bytes are others.</summary>
    Overwrite,
}
