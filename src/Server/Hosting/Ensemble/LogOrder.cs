namespace Coordination.Server.Hosting.Ensemble;

/// <summary>Something to be done on the log's thread between two entries.</summary>
/// <param name="AfterEntries">How many entries of the batch come before it.</param>
/// <param name="Do">Does it, durably, and tells the loop.</param>
internal readonly record struct LogOrder(int AfterEntries, Action Do);
