namespace Coordination.Protocol;

/// <summary>Request of <see cref="OpCode.Create"/>, <see cref="OpCode.Create2"/> and <see cref="OpCode.CreateContainer"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Data">The data; null is stored as null.</param>
/// <param name="Acl">The access list.</param>
/// <param name="Mode">The create flags; any number may arrive here.</param>
public readonly record struct CreateRequest(
    string Path,
    byte[]? Data,
    IReadOnlyList<Acl>? Acl,
    CreateMode Mode) : IJuteRecord<CreateRequest>
{
    /// <inheritdoc/>
    public static CreateRequest Read(ref JuteReader reader) => new(
        reader.ReadStringNotNull(),
        reader.ReadBuffer(),
        reader.ReadAcls(),
        (CreateMode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBuffer(Data);
        writer.WriteAcls(Acl);
        writer.WriteInt32((int)Mode);
    }
}

/// <summary>Request of <see cref="OpCode.CreateTtl"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Data">The data; null is stored as null.</param>
/// <param name="Acl">The access list.</param>
/// <param name="Mode">The create flags.</param>
/// <param name="TimeToLive">Milliseconds, 1 to 2^40 - 1.</param>
public readonly record struct CreateTtlRequest(
    string Path,
    byte[]? Data,
    IReadOnlyList<Acl>? Acl,
    CreateMode Mode,
    long TimeToLive) : IJuteRecord<CreateTtlRequest>
{
    /// <inheritdoc/>
    public static CreateTtlRequest Read(ref JuteReader reader) => new(
        reader.ReadStringNotNull(),
        reader.ReadBuffer(),
        reader.ReadAcls(),
        (CreateMode)reader.ReadInt32(),
        reader.ReadInt64());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBuffer(Data);
        writer.WriteAcls(Acl);
        writer.WriteInt32((int)Mode);
        writer.WriteInt64(TimeToLive);
    }
}

/// <summary>Reply to <see cref="OpCode.Create"/>.</summary>
/// <param name="Path">The final path, with its sequence number if one was asked for.</param>
public readonly record struct CreateResponse(string Path) : IJuteRecord<CreateResponse>
{
    /// <inheritdoc/>
    public static CreateResponse Read(ref JuteReader reader) => new(reader.ReadStringOrEmpty());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Path);
}

/// <summary>Reply to <see cref="OpCode.Create2"/>, <see cref="OpCode.CreateContainer"/> and <see cref="OpCode.CreateTtl"/>.</summary>
/// <param name="Path">The final path.</param>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct Create2Response(string Path, ZnodeStat Stat) : IJuteRecord<Create2Response>
{
    /// <inheritdoc/>
    public static Create2Response Read(ref JuteReader reader) => new(reader.ReadStringOrEmpty(), ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        Stat.Write(ref writer);
    }
}
