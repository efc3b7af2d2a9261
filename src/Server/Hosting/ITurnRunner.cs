namespace Coordination.Server.Hosting;

/// <summary>Decides which thread runs the owner's turns. The seam at which the strategies are measured against each other.</summary>
internal interface ITurnRunner : IDisposable
{
    /// <summary>Begins to work.</summary>
    /// <param name="turn">Runs one turn; false when nothing waited and ownership was given back.</param>
    /// <param name="time">Posts that time has passed.</param>
    void Start(Func<bool> turn, Action time);

    /// <summary>The mailbox has become owned and must be drained.</summary>
    /// <param name="brief">The caller has something else to do soon and lends its thread for one turn at most.</param>
    void Wake(bool brief);

    /// <summary>Asks for a call of time at this moment, in place of any asked for before. Only from within a turn.</summary>
    void WakeAt(long monotonicMilliseconds);
}

/// <summary>The strategies of <see cref="ITurnRunner"/>.</summary>
internal enum LoopStrategy
{
    /// <summary>A thread of its own runs all turns.</summary>
    Owner,

    /// <summary>Whoever posts into an idle mailbox runs the turns.</summary>
    Posting,
}

/// <summary>Where the log is synced.</summary>
internal enum SyncStrategy
{
    /// <summary>On a thread of its own; batches grow while a sync runs.</summary>
    Thread,

    /// <summary>By the owner itself when nothing else waits, otherwise on the thread.</summary>
    InPlace,
}
