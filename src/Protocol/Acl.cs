namespace Coordination.Protocol;

/// <summary>What an access rule allows (Apache ZooKeeper <c>ZooDefs.Perms</c>). Unknown bits are stored as given.</summary>
[Flags]
public enum Permissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read data, stat and the names of children.</summary>
    Read = 1,

    /// <summary>Replace data.</summary>
    Write = 2,

    /// <summary>Create children.</summary>
    Create = 4,

    /// <summary>Delete children.</summary>
    Delete = 8,

    /// <summary>Read and replace the access list.</summary>
    Admin = 16,

    /// <summary>Everything above.</summary>
    All = 31,
}

/// <summary>One entry of an access list: who may do what.</summary>
/// <param name="Permissions">What is allowed.</param>
/// <param name="Scheme">The kind of identity: <c>world</c>, <c>auth</c>, <c>digest</c>, <c>ip</c>, <c>x509</c>, <c>sasl</c>.</param>
/// <param name="Id">The identity in the scheme's own form, for example <c>bob:base64</c> or <c>10.0.0.0/8</c>.</param>
public readonly record struct Acl(Permissions Permissions, string? Scheme, string? Id) : IJuteRecord<Acl>
{
    /// <summary>The least number of bytes an entry takes: permissions and two empty strings.</summary>
    internal const int MinimumSize = 12;

    /// <summary>Everybody may do everything.</summary>
    public static readonly IReadOnlyList<Acl> Open = [new(Permissions.All, "world", "anyone")];

    /// <summary>Everybody may read.</summary>
    public static readonly IReadOnlyList<Acl> ReadOnly = [new(Permissions.Read, "world", "anyone")];

    /// <summary>The creating connection's own identities may do everything.</summary>
    public static readonly IReadOnlyList<Acl> Creator = [new(Permissions.All, "auth", "")];

    /// <inheritdoc/>
    public static Acl Read(ref JuteReader reader) => new((Permissions)reader.ReadInt32(), ReadName(ref reader), ReadName(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32((int)Permissions);
        writer.WriteString(Scheme);
        writer.WriteString(Id);
    }

    /// <summary>Nearly every access list of nearly every create says the same two words: no new strings for them.</summary>
    private static string? ReadName(ref JuteReader reader)
    {
        ReadOnlySpan<byte> name = reader.ReadBufferSpan(out bool isNull);
        if (name.SequenceEqual("world"u8))
            return "world";
        if (name.SequenceEqual("anyone"u8))
            return "anyone";
        return isNull ? null : JuteReader.TextOf(name);
    }
}
