namespace Coordination.Server.Hosting;

/// <summary>How a start went.</summary>
/// <param name="SnapshotLoad">Reading of the snapshot.</param>
/// <param name="Replay">Replaying of the log behind it.</param>
/// <param name="Transactions">Replayed.</param>
/// <param name="DigestMismatches">Transactions whose digest was not that of the tree.</param>
internal readonly record struct RecoveryFigures(TimeSpan SnapshotLoad, TimeSpan Replay, int Transactions, int DigestMismatches);
