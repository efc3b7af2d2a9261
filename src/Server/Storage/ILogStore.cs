using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>The log as those see it who write it.</summary>
internal interface ILogStore
{
    /// <summary>Whether the log has grown enough since the last <see cref="Roll"/> for another snapshot.</summary>
    bool IsSnapshotDue { get; }

    /// <summary>Writes transactions and makes them durable.</summary>
    /// <exception cref="DiskException">Fatal: the log accepts nothing any more.</exception>
    void AppendAndFlush(LogBatch batch);

    /// <summary>Ends the present log file.</summary>
    void Roll();
}
