using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Wire;

/// <summary>What stands in a record, in order.</summary>
internal enum Field
{
    Int,
    Long,
    Bool,

    /// <summary>A boolean that may be missing at the end.</summary>
    TrailingBool,

    /// <summary>Text whose null form counts as empty.</summary>
    Text,

    /// <summary>Text that may not be null.</summary>
    TextNotNull,

    /// <summary>Text that may be null.</summary>
    OptionalText,

    Bytes,
    Texts,
    Acls,
    Infos,
    MultiOperations,
    MultiResults,
    Stat,
}

/// <summary>
/// The records of the protocol once more, as lists of fields, written from the protocol's description and not from the codec: the
/// fuzzer takes frames apart by it, and judges by it what the codec makes of them.
/// </summary>
internal static class Schema
{
    public static readonly Field[] ConnectRequest = [Field.Int, Field.Long, Field.Int, Field.Long, Field.Bytes, Field.TrailingBool];

    public static readonly Field[] ConnectResponse = [Field.Int, Field.Int, Field.Long, Field.Bytes, Field.TrailingBool];

    /// <summary>What follows the header of a request.</summary>
    public static Field[] OfRequest(OpCode type) => type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => [Field.TextNotNull, Field.Bytes, Field.Acls, Field.Int],
        OpCode.CreateTtl => [Field.TextNotNull, Field.Bytes, Field.Acls, Field.Int, Field.Long],
        OpCode.Delete or OpCode.Check or OpCode.CheckWatches => [Field.TextNotNull, Field.Int],
        OpCode.RemoveWatches or OpCode.AddWatch => [Field.Text, Field.Int],
        OpCode.Exists or OpCode.GetData or OpCode.GetChildren or OpCode.GetChildren2 => [Field.TextNotNull, Field.Bool],
        OpCode.SetData => [Field.Text, Field.Bytes, Field.Int],
        OpCode.GetAcl or OpCode.GetAllChildrenNumber => [Field.TextNotNull],
        OpCode.Sync => [Field.Text],
        OpCode.SetAcl => [Field.Text, Field.Acls, Field.Int],
        OpCode.Multi or OpCode.MultiRead => [Field.MultiOperations],
        OpCode.Reconfig => [Field.OptionalText, Field.OptionalText, Field.OptionalText, Field.Long],
        OpCode.Auth => [Field.Int, Field.OptionalText, Field.Bytes],
        OpCode.Sasl => [Field.Bytes],
        OpCode.SetWatches => [Field.Long, Field.Texts, Field.Texts, Field.Texts],
        OpCode.SetWatches2 => [Field.Long, Field.Texts, Field.Texts, Field.Texts, Field.Texts, Field.Texts],
        OpCode.GetEphemerals => [Field.OptionalText],
        _ => [],
    };

    /// <summary>What follows the header of a reply without an error, or of an event.</summary>
    public static Field[] OfReply(OpCode type) => type switch
    {
        OpCode.Notification => [Field.Int, Field.Int, Field.Text],
        OpCode.Create or OpCode.Sync => [Field.Text],
        OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => [Field.Text, Field.Stat],
        OpCode.Exists or OpCode.SetData or OpCode.SetAcl => [Field.Stat],
        OpCode.GetData or OpCode.Reconfig => [Field.Bytes, Field.Stat],
        OpCode.GetAcl => [Field.Acls, Field.Stat],
        OpCode.GetChildren or OpCode.GetEphemerals => [Field.Texts],
        OpCode.GetChildren2 => [Field.Texts, Field.Stat],
        OpCode.Multi or OpCode.MultiRead => [Field.MultiResults],
        OpCode.Sasl => [Field.Bytes],
        OpCode.AddWatch or OpCode.GetAllChildrenNumber => [Field.Int],
        OpCode.WhoAmI => [Field.Infos],
        _ => [],
    };

    /// <summary>What one operation of a multi holds; null if no multi may hold it.</summary>
    public static Field[]? OfMultiOperation(int type) => (OpCode)type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl or OpCode.Delete or OpCode.Check or OpCode.GetData
            or OpCode.GetChildren => OfRequest((OpCode)type),

        // A path that alone may be null spoils a multi.
        OpCode.SetData => [Field.TextNotNull, Field.Bytes, Field.Int],
        _ => null,
    };

    /// <summary>What one result of a multi holds; null if there is no such result.</summary>
    public static Field[]? OfMultiResult(int type) => (OpCode)type switch
    {
        OpCode.Create => [Field.Text],
        OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => [Field.Text, Field.Stat],
        OpCode.SetData => [Field.Stat],
        OpCode.Delete or OpCode.Check => [],
        OpCode.GetData => [Field.Bytes, Field.Stat],
        OpCode.GetChildren => [Field.Texts],
        OpCode.Error => [Field.Int],
        _ => null,
    };
}
