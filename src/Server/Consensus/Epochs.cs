namespace Coordination.Server.Consensus;

/// <summary>
/// The two epochs of a server as they are on its disk: the highest one it has promised to follow, and the one whose leader's history it has.
/// Neither is acted on before it is saved, neither ever falls, and no promise is below the history.
/// </summary>
internal sealed class Epochs
{
    private readonly ZabOutbox _outbox;

    /// <param name="accepted">What the disk said at the start.</param>
    /// <param name="current">What the disk said at the start.</param>
    /// <param name="outbox">Takes orders to the disk.</param>
    public Epochs(int accepted, int current, ZabOutbox outbox)
    {
        Accepted = Math.Max(accepted, current);
        Current = current;
        _outbox = outbox;
    }

    /// <summary>The highest epoch promised.</summary>
    public int Accepted { get; private set; }

    /// <summary>The epoch of the last leader whose history this server has.</summary>
    public int Current { get; private set; }

    /// <summary>Whether an order is on its way.</summary>
    public bool IsSaving { get; private set; }

    /// <summary>Orders both to be saved, behind what has been logged so far.</summary>
    public void Save(int accepted, int current)
    {
        InvariantException.Require(!IsSaving, "Epochs are saved one pair at a time.");
        InvariantException.Require(accepted >= Accepted && current >= Current && accepted >= current, "Epochs never fall, and the current one is accepted.");
        IsSaving = true;
        _outbox.Disk.Add(new DiskOrder(
            DiskOrderKind.SaveEpochs, _outbox.Log.Entries.Count, AcceptedEpoch: accepted, CurrentEpoch: current));
    }

    /// <summary>The disk has done it.</summary>
    public void Saved(int accepted, int current)
    {
        InvariantException.Require(IsSaving, "The disk saved epochs that nobody asked to save.");
        IsSaving = false;
        Accepted = accepted;
        Current = current;
    }
}
