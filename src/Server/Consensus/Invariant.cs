namespace Coordination.Server.Consensus;

/// <summary>
/// Something happened that no input can explain: the code, the disk or the memory is wrong. Whoever sees it stops the server, which is
/// always safe.
/// </summary>
internal sealed class InvariantException(string message) : Exception(message)
{
    /// <summary>Throws unless a belief holds.</summary>
    /// <param name="holds">The belief.</param>
    /// <param name="message">What would be wrong; a constant, so that a belief that holds costs nothing.</param>
    public static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvariantException(message);
    }
}
