namespace Coordination.Protocol;

/// <summary>Request of <see cref="OpCode.GetChildren"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Watch">Whether to leave a one-shot watch.</param>
public readonly record struct GetChildrenRequest(string Path, bool Watch) : IJuteRecord<GetChildrenRequest>
{
    /// <inheritdoc/>
    public static GetChildrenRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadBoolean());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBoolean(Watch);
    }
}

/// <summary>Reply to <see cref="OpCode.GetChildren"/>.</summary>
/// <param name="Children">Names, not paths, in no order.</param>
public readonly record struct GetChildrenResponse(IReadOnlyList<string>? Children) : IJuteRecord<GetChildrenResponse>
{
    /// <inheritdoc/>
    public static GetChildrenResponse Read(ref JuteReader reader) => new(reader.ReadStrings());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteStrings(Children);
}

/// <summary>Request of <see cref="OpCode.GetChildren2"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Watch">Whether to leave a one-shot watch.</param>
public readonly record struct GetChildren2Request(string Path, bool Watch) : IJuteRecord<GetChildren2Request>
{
    /// <inheritdoc/>
    public static GetChildren2Request Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadBoolean());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBoolean(Watch);
    }
}

/// <summary>Reply to <see cref="OpCode.GetChildren2"/>.</summary>
/// <param name="Children">Names, not paths, in no order.</param>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct GetChildren2Response(
    IReadOnlyList<string>? Children,
    ZnodeStat Stat) : IJuteRecord<GetChildren2Response>
{
    /// <inheritdoc/>
    public static GetChildren2Response Read(ref JuteReader reader) => new(reader.ReadStrings(), ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteStrings(Children);
        Stat.Write(ref writer);
    }
}

/// <summary>Request of <see cref="OpCode.GetAllChildrenNumber"/>.</summary>
/// <param name="Path">The path on the server.</param>
public readonly record struct GetAllChildrenNumberRequest(string Path) : IJuteRecord<GetAllChildrenNumberRequest>
{
    /// <inheritdoc/>
    public static GetAllChildrenNumberRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Path);
}

/// <summary>Reply to <see cref="OpCode.GetAllChildrenNumber"/>.</summary>
/// <param name="Total">Number of descendants.</param>
public readonly record struct GetAllChildrenNumberResponse(int Total) : IJuteRecord<GetAllChildrenNumberResponse>
{
    /// <inheritdoc/>
    public static GetAllChildrenNumberResponse Read(ref JuteReader reader) => new(reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteInt32(Total);
}

/// <summary>Request of <see cref="OpCode.GetEphemerals"/>.</summary>
/// <param name="Prefix">A plain string prefix; null, blank or "/" for all.</param>
public readonly record struct GetEphemeralsRequest(string? Prefix) : IJuteRecord<GetEphemeralsRequest>
{
    /// <inheritdoc/>
    public static GetEphemeralsRequest Read(ref JuteReader reader) => new(reader.ReadString());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Prefix);
}

/// <summary>Reply to <see cref="OpCode.GetEphemerals"/>.</summary>
/// <param name="Paths">Paths of the calling session.</param>
public readonly record struct GetEphemeralsResponse(IReadOnlyList<string>? Paths) : IJuteRecord<GetEphemeralsResponse>
{
    /// <inheritdoc/>
    public static GetEphemeralsResponse Read(ref JuteReader reader) => new(reader.ReadStrings());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteStrings(Paths);
}
