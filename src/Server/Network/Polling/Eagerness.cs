namespace Coordination.Server.Network;

/// <summary>
/// Says whether to look for events a few times more before sleeping. To be woken costs more than answering a lone request; to look in vain
/// costs a core. So it pays only while what comes next comes soon, which the last waits tell: each that was short speaks for it, each look
/// in vain against it, and much more so.
/// </summary>
/// <param name="patience">How long to look, in any unit of time; 0 for never.</param>
internal sealed class Eagerness(long patience)
{
    private const int MostTrust = 16;
    private const int PriceOfVain = 4;

    // A sleeper's wait holds the waking too: what is twice as long asleep may be short enough awake.
    private const int AsleepForAwake = 2;

    private int _trust;

    /// <summary>How long to look.</summary>
    public long Patience => patience;

    /// <summary>Whether to look at all.</summary>
    public bool IsEager => _trust > 0;

    /// <summary>Something came while looking.</summary>
    public void CameInTime() => _trust = Math.Min(_trust + 1, MostTrust);

    /// <summary>Nothing came while looking.</summary>
    public void LookedInVain() => _trust -= PriceOfVain;

    /// <summary>A sleep ended after so long.</summary>
    public void Slept(long duration)
    {
        if (duration <= patience * AsleepForAwake)
            _trust = Math.Min(_trust + 1, MostTrust);
        else
            _trust = Math.Max(_trust - 1, -MostTrust);
    }
}
