namespace Coordination.Server.Replication;

/// <summary>
/// Decides how many reads that waited behind a write one connection may have answered in one turn. The core has no clock, and a few bytes
/// can ask for a walk through a million znodes.
/// </summary>
internal interface IAnswerShare
{
    /// <summary>Takes one request out of a connection's share of the turn.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="length">The request's bytes.</param>
    /// <returns>False if others are to be served now; nothing was taken then.</returns>
    bool TryTake(ClientLink link, int length);
}
