namespace Coordination.Server.Hosting.Words;

/// <summary>What some words tell of the disk and the system. It is gathered beside the turns, for either may be slow.</summary>
/// <param name="DataBytes">Bytes in the directory of the snapshots; in one directory with the logs, of both, as Apache counts.</param>
/// <param name="LogBytes">Bytes in the directory of the logs; in one directory with the snapshots, of both.</param>
/// <param name="OpenDescriptors">Descriptors that are open; -1: the system does not say.</param>
/// <param name="MaxDescriptors">How many may be open; -1: the system does not say.</param>
/// <param name="Error">What went wrong, if anything did; nothing else counts then.</param>
internal sealed record OutsideFigures(long DataBytes, long LogBytes, long OpenDescriptors, long MaxDescriptors, string? Error = null)
{
    /// <summary>The figures of one moment.</summary>
    public static OutsideFigures Gather(ServerFacts facts)
    {
        try
        {
            return new OutsideFigures(facts.DataBytes, facts.LogBytes, DescriptorCount.Open(), DescriptorCount.Max());
        }
        catch (Exception e) when (FourLetterWords.IsForTheAsker(e))
        {
            return new OutsideFigures(0, 0, 0, 0, e.Message);
        }
    }
}

/// <summary>A word that waits for figures.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Word">What for.</param>
/// <param name="Figures">What was found.</param>
internal sealed record GatheredWord(ConnectedClient Client, int Word, OutsideFigures Figures);
