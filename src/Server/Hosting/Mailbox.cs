namespace Coordination.Server.Hosting;

/// <summary>
/// Inputs on their way to the replica, and the right to run it. Whoever posts into an idle mailbox becomes the owner (or has to wake
/// one); the owner takes batches until there is nothing left and thereby gives the right back. So there is never more than one owner,
/// whichever thread it is, and the lock hands the state of the replica from one owner to the next.
/// </summary>
internal sealed class Mailbox
{
    private readonly Lock _gate = new();
    private List<LoopInput> _waiting = [];
    private List<LoopInput> _taken = [];
    private volatile bool _hasWaiting;
    private bool _isOwned;

    /// <summary>Whether inputs wait; a hint for the owner, who may decide to do something slow if nobody is kept waiting.</summary>
    public bool HasWaiting => _hasWaiting;

    /// <summary>Adds an input. True if the mailbox was idle: the caller now owns the replica and must see to it that it runs.</summary>
    public bool Post(in LoopInput input)
    {
        lock (_gate)
        {
            _waiting.Add(input);
            _hasWaiting = true;
            if (_isOwned)
                return false;

            _isOwned = true;
            return true;
        }
    }

    /// <summary>For the owner: everything that waits, in order; or null, and the owner is owner no more.</summary>
    public List<LoopInput>? TakeOrRelease()
    {
        lock (_gate)
        {
            _taken.Clear();
            if (_waiting.Count == 0)
            {
                _isOwned = false;
                return null;
            }

            (_waiting, _taken) = (_taken, _waiting);
            _hasWaiting = false;
            return _taken;
        }
    }
}
