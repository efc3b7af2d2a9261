namespace Coordination.Server.Hosting;

/// <summary>What can happen to a running replica from outside.</summary>
internal enum LoopInputKind
{
    /// <summary>A connection was accepted; the target is the connection.</summary>
    Accepted,

    /// <summary>Bytes arrived or the connection ended; the target is the connection.</summary>
    Readable,

    /// <summary>The socket takes bytes again; the target is the connection.</summary>
    Writable,

    /// <summary>The log is on disk up to the zxid in the number.</summary>
    LogPersisted,

    /// <summary>Time has passed.</summary>
    Time,

    /// <summary>The log has grown enough for another snapshot.</summary>
    SnapshotDue,

    /// <summary>The snapshot writer wants more, or has finished.</summary>
    SnapshotNext,

    /// <summary>Reads that waited behind writes are left to be answered.</summary>
    WaitingNext,

    /// <summary>An answer to a four-letter word has another slice.</summary>
    AnswerNext,

    /// <summary>What a four-letter word waits for was found; the target is the <see cref="Words.GatheredWord"/>.</summary>
    WordGathered,

    /// <summary>The disk has reached its reserve (the number is 1) or has room again (0).</summary>
    DiskReserve,

    /// <summary>Another server has connected; the target is the connection.</summary>
    PeerAccepted,

    /// <summary>Bytes of another server arrived, or can be taken again; the target is the connection.</summary>
    PeerReadable,

    /// <summary>The socket to another server takes bytes again; the target is the connection.</summary>
    PeerWritable,

    /// <summary>A transfer to a learner can go on; the target is the connected peer.</summary>
    PeerTransfer,

    /// <summary>The leader is connected; the target is the connection, the number that of the attempt.</summary>
    LeaderReached,

    /// <summary>The leader cannot be connected to; the target is the reason, the number that of the attempt.</summary>
    LeaderUnreachable,

    /// <summary>Another input of consensus: run the target, an <see cref="Action"/>, in the turn; not once the replica has failed or stopped.</summary>
    Member,

    /// <summary>Run the target, an <see cref="Action"/>, between two turns.</summary>
    Call,

    /// <summary>Something outside the loop failed; the target is the exception.</summary>
    Fault,
}

/// <summary>One input. A struct, so that posting one costs no memory.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Target">To whom or what.</param>
/// <param name="Number">A zxid, where the kind has one.</param>
internal readonly record struct LoopInput(LoopInputKind Kind, object? Target = null, long Number = 0);
