namespace Coordination.Protocol;

/// <summary>Request of <see cref="OpCode.Delete"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Version">The expected version; -1 for any.</param>
public readonly record struct DeleteRequest(string Path, int Version) : IJuteRecord<DeleteRequest>
{
    /// <inheritdoc/>
    public static DeleteRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32(Version);
    }
}

/// <summary>Request of <see cref="OpCode.Exists"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Watch">Whether to leave a one-shot watch.</param>
public readonly record struct ExistsRequest(string Path, bool Watch) : IJuteRecord<ExistsRequest>
{
    /// <inheritdoc/>
    public static ExistsRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadBoolean());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBoolean(Watch);
    }
}

/// <summary>Reply to <see cref="OpCode.Exists"/> when the znode is there.</summary>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct ExistsResponse(ZnodeStat Stat) : IJuteRecord<ExistsResponse>
{
    /// <inheritdoc/>
    public static ExistsResponse Read(ref JuteReader reader) => new(ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => Stat.Write(ref writer);
}

/// <summary>Request of <see cref="OpCode.GetData"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Watch">Whether to leave a one-shot watch.</param>
public readonly record struct GetDataRequest(string Path, bool Watch) : IJuteRecord<GetDataRequest>
{
    /// <inheritdoc/>
    public static GetDataRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadBoolean());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBoolean(Watch);
    }
}

/// <summary>Reply to <see cref="OpCode.GetData"/> and <see cref="OpCode.Reconfig"/>.</summary>
/// <param name="Data">The data; null is stored as null.</param>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct GetDataResponse(byte[]? Data, ZnodeStat Stat) : IJuteRecord<GetDataResponse>
{
    /// <inheritdoc/>
    public static GetDataResponse Read(ref JuteReader reader) => new(reader.ReadBuffer(), ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteBuffer(Data);
        Stat.Write(ref writer);
    }
}

/// <summary>Request of <see cref="OpCode.SetData"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Data">The data; null is stored as null.</param>
/// <param name="Version">The expected version; -1 for any.</param>
public readonly record struct SetDataRequest(string Path, byte[]? Data, int Version) : IJuteRecord<SetDataRequest>
{
    /// <inheritdoc/>
    public static SetDataRequest Read(ref JuteReader reader) => new(
        reader.ReadStringOrEmpty(),
        reader.ReadBuffer(),
        reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBuffer(Data);
        writer.WriteInt32(Version);
    }
}

/// <summary>Reply to <see cref="OpCode.SetData"/>.</summary>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct SetDataResponse(ZnodeStat Stat) : IJuteRecord<SetDataResponse>
{
    /// <inheritdoc/>
    public static SetDataResponse Read(ref JuteReader reader) => new(ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => Stat.Write(ref writer);
}

/// <summary>Request of <see cref="OpCode.Check"/>, inside a multi.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Version">The expected version; -1 for any.</param>
public readonly record struct CheckVersionRequest(string Path, int Version) : IJuteRecord<CheckVersionRequest>
{
    /// <inheritdoc/>
    public static CheckVersionRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull(), reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32(Version);
    }
}

/// <summary>Request of <see cref="OpCode.Sync"/>. The path has no effect.</summary>
/// <param name="Path">The path on the server.</param>
public readonly record struct SyncRequest(string Path) : IJuteRecord<SyncRequest>
{
    /// <inheritdoc/>
    public static SyncRequest Read(ref JuteReader reader) => new(reader.ReadStringOrEmpty());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Path);
}

/// <summary>Reply to <see cref="OpCode.Sync"/>: the path echoed.</summary>
/// <param name="Path">The path on the server.</param>
public readonly record struct SyncResponse(string Path) : IJuteRecord<SyncResponse>
{
    /// <inheritdoc/>
    public static SyncResponse Read(ref JuteReader reader) => new(reader.ReadStringOrEmpty());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Path);
}
