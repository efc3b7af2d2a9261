using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>
/// Changes the members of an ensemble. A server that stands alone has none: it answers that the feature is switched off, or, where it is
/// on, that it does not do it. In a log of Apache's the change is a set of <c>/zookeeper/config</c>.
/// </summary>
internal sealed class ReconfigOperation() : WriteOperation(OpCode.Reconfig)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        _ = request.Read<ReconfigRequest>();
        return new ErrorTransaction(pending.Rules.ReconfigEnabled ? ErrorCode.Unimplemented : ErrorCode.ReconfigDisabled);
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state) =>
        OperationTable.ForTransaction(OpCode.SetData).Apply(header, record, state);
}
