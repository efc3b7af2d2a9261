namespace Coordination.Protocol;

/// <summary>The body of a notification.</summary>
/// <param name="Type">What happened.</param>
/// <param name="State">Always <see cref="EventState.SyncConnected"/> from a server.</param>
/// <param name="Path">The path on the server.</param>
public readonly record struct WatcherEvent(WatchEventType Type, EventState State, string Path) : IJuteRecord<WatcherEvent>
{
    /// <inheritdoc/>
    public static WatcherEvent Read(ref JuteReader reader) => new(
        (WatchEventType)reader.ReadInt32(),
        (EventState)reader.ReadInt32(),
        reader.ReadStringOrEmpty());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32((int)Type);
        writer.WriteInt32((int)State);
        writer.WriteString(Path);
    }
}

/// <summary>Request of <see cref="OpCode.AddWatch"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Mode">The mode; any number may arrive here.</param>
public readonly record struct AddWatchRequest(string Path, AddWatchMode Mode) : IJuteRecord<AddWatchRequest>
{
    /// <inheritdoc/>
    public static AddWatchRequest Read(ref JuteReader reader) => new(
        reader.ReadStringOrEmpty(),
        (AddWatchMode)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32((int)Mode);
    }
}

/// <summary>Request of <see cref="OpCode.CheckWatches"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Type">Which watches.</param>
public readonly record struct CheckWatchesRequest(string Path, WatcherType Type) : IJuteRecord<CheckWatchesRequest>
{
    /// <inheritdoc/>
    public static CheckWatchesRequest Read(ref JuteReader reader) => new(
        reader.ReadStringNotNull(),
        (WatcherType)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32((int)Type);
    }
}

/// <summary>Request of <see cref="OpCode.RemoveWatches"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Type">Which watches.</param>
public readonly record struct RemoveWatchesRequest(string Path, WatcherType Type) : IJuteRecord<RemoveWatchesRequest>
{
    /// <inheritdoc/>
    public static RemoveWatchesRequest Read(ref JuteReader reader) => new(
        reader.ReadStringOrEmpty(),
        (WatcherType)reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32((int)Type);
    }
}

/// <summary>Request of <see cref="OpCode.SetWatches"/>.</summary>
/// <param name="RelativeZxid">The last zxid the client has seen.</param>
/// <param name="Data">Paths of data watches.</param>
/// <param name="Exist">Paths of exist watches on absent znodes.</param>
/// <param name="Child">Paths of child watches.</param>
public readonly record struct SetWatches(
    long RelativeZxid,
    IReadOnlyList<string>? Data,
    IReadOnlyList<string>? Exist,
    IReadOnlyList<string>? Child) : IJuteRecord<SetWatches>
{
    /// <inheritdoc/>
    public static SetWatches Read(ref JuteReader reader) => new(
        reader.ReadInt64(),
        reader.ReadStrings(),
        reader.ReadStrings(),
        reader.ReadStrings());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(RelativeZxid);
        writer.WriteStrings(Data);
        writer.WriteStrings(Exist);
        writer.WriteStrings(Child);
    }
}

/// <summary>Request of <see cref="OpCode.SetWatches2"/>.</summary>
/// <param name="RelativeZxid">The last zxid the client has seen.</param>
/// <param name="Data">Paths of data watches.</param>
/// <param name="Exist">Paths of exist watches on absent znodes.</param>
/// <param name="Child">Paths of child watches.</param>
/// <param name="Persistent">Paths of persistent watches.</param>
/// <param name="PersistentRecursive">Paths of persistent recursive watches.</param>
public readonly record struct SetWatches2(
    long RelativeZxid,
    IReadOnlyList<string>? Data,
    IReadOnlyList<string>? Exist,
    IReadOnlyList<string>? Child,
    IReadOnlyList<string>? Persistent,
    IReadOnlyList<string>? PersistentRecursive) : IJuteRecord<SetWatches2>
{
    /// <inheritdoc/>
    public static SetWatches2 Read(ref JuteReader reader) => new(
        reader.ReadInt64(),
        reader.ReadStrings(),
        reader.ReadStrings(),
        reader.ReadStrings(),
        reader.ReadStrings(),
        reader.ReadStrings());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(RelativeZxid);
        writer.WriteStrings(Data);
        writer.WriteStrings(Exist);
        writer.WriteStrings(Child);
        writer.WriteStrings(Persistent);
        writer.WriteStrings(PersistentRecursive);
    }
}
