using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>Every operation, registered once. To add one: a file beside this one, and a line here.</summary>
internal static class OperationTable
{
    private const int Offset = 16;

    private static readonly Operation?[] ByCode = Arrange(
        new CreateOperation(OpCode.Create),
        new CreateOperation(OpCode.Create2),
        new CreateOperation(OpCode.CreateContainer),
        new CreateOperation(OpCode.CreateTtl),
        new DeleteOperation(OpCode.Delete),
        new DeleteOperation(OpCode.DeleteContainer),
        new ExistsOperation(),
        new GetDataOperation(),
        new SetDataOperation(),
        new GetAclOperation(),
        new SetAclOperation(),
        new GetChildrenOperation(OpCode.GetChildren),
        new GetChildrenOperation(OpCode.GetChildren2),
        new GetAllChildrenNumberOperation(),
        new SyncOperation(),
        new PingOperation(),
        new CheckOperation(),
        new MultiWriteOperation(),
        new MultiReadOperation(),
        new AddWatchOperation(),
        new CheckWatchesOperation(),
        new RemoveWatchesOperation(),
        new SetWatchesOperation(OpCode.SetWatches),
        new SetWatchesOperation(OpCode.SetWatches2),
        new GetEphemeralsOperation(),
        new WhoAmIOperation(),
        new AuthOperation(),
        new CreateSessionOperation(),
        new CloseSessionOperation(),
        new ErrorOperation(),
        new ReconfigOperation(),
        new SaslOperation());

    /// <summary>The operation of a code that a client sent, or null for one that does not exist.</summary>
    public static Operation? Find(OpCode code)
    {
        int index = (int)code + Offset;
        return (uint)index < (uint)ByCode.Length ? ByCode[index] : null;
    }

    /// <summary>The operation that applies transactions of a type.</summary>
    public static WriteOperation ForTransaction(OpCode type) =>
        Find(type) as WriteOperation ?? throw new InvalidOperationException($"No operation applies transactions of type {type}.");

    private static Operation?[] Arrange(params Operation[] operations)
    {
        var table = new Operation?[Offset + (int)OpCode.WhoAmI + 1];
        foreach (Operation operation in operations)
            table[(int)operation.Code + Offset] = operation;
        return table;
    }
}
