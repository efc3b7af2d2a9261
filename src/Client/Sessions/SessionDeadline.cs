namespace Coordination.Client;

/// <summary>
/// When the session must be presumed lost. Two moments are kept: one that only answers which needed a quorum move, and one that any
/// answer moves. A hold relies on the first alone, for a server cut off from its ensemble goes on answering pings and reads while the
/// ensemble gives the session away.
/// </summary>
/// <param name="configuredMargin">The least margin; a quarter of the timeout, and one second, if those are more; never more than half of it.</param>
internal sealed class SessionDeadline(TimeSpan configuredMargin)
{
    private static readonly TimeSpan LeastMargin = TimeSpan.FromSeconds(1);

    private TimeSpan _quorumSentAt;
    private TimeSpan _heldSince;
    private bool _held;
    private bool _confirmedSinceHeld;

    /// <summary>The timeout negotiated last.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>Until when the session is certainly alive: newest answered request that needed a quorum, plus timeout, minus margin.</summary>
    public TimeSpan SafeUntil { get; private set; }

    /// <summary>The same for any answered request. Good enough only while nobody relies on the session.</summary>
    public TimeSpan ContactUntil { get; private set; }

    /// <summary>When to presume the session lost.</summary>
    public TimeSpan LostAt
    {
        get
        {
            if (!_held)
                return Max(ContactUntil, SafeUntil);
            if (_confirmedSinceHeld || SafeUntil - _heldSince >= Timeout / 4)
                return SafeUntil;

            // The session was idle when the hold began: nothing can rely on it yet, so it gets the time of one confirmation.
            return Max(SafeUntil, Min(_heldSince + Timeout - Margin, ContactUntil));
        }
    }

    private TimeSpan Margin => MarginFor(Timeout);

    /// <summary>The margin that applies to a timeout.</summary>
    /// <param name="timeout">A negotiated timeout.</param>
    /// <returns>At least one second and a quarter of the timeout, but never more than half of it: else a session could not live.</returns>
    public TimeSpan MarginFor(TimeSpan timeout) => Min(Max(Max(configuredMargin, LeastMargin), timeout / 4), timeout / 2);

    /// <summary>A new session: its creation was committed by a quorum after the handshake was sent.</summary>
    /// <param name="sentAt">When the handshake was sent.</param>
    /// <param name="timeout">The negotiated timeout.</param>
    public void Begin(TimeSpan sentAt, TimeSpan timeout)
    {
        Timeout = timeout;
        SafeUntil = ContactUntil = default;
        ConfirmedByQuorum(sentAt);
        _confirmedSinceHeld = _held;
    }

    /// <summary>The session was resumed on another connection. A leader without a quorum may have answered that, so only contact moves.</summary>
    /// <param name="sentAt">When the handshake was sent.</param>
    /// <param name="timeout">The timeout negotiated anew.</param>
    public void Resumed(TimeSpan sentAt, TimeSpan timeout)
    {
        Timeout = timeout;
        SafeUntil = Min(SafeUntil, _quorumSentAt + timeout - Margin);
        Answered(sentAt);
    }

    /// <summary>Something was answered.</summary>
    /// <param name="sentAt">When the request was sent.</param>
    public void Answered(TimeSpan sentAt) => ContactUntil = Max(ContactUntil, sentAt + Timeout - Margin);

    /// <summary>A request that needed a quorum was answered.</summary>
    /// <param name="sentAt">When the request was sent.</param>
    public void ConfirmedByQuorum(TimeSpan sentAt)
    {
        Answered(sentAt);
        _quorumSentAt = Max(_quorumSentAt, sentAt);
        SafeUntil = Max(SafeUntil, sentAt + Timeout - Margin);
        if (_held && sentAt >= _heldSince)
            _confirmedSinceHeld = true;
    }

    /// <summary>Somebody relies on the session from now on, or nobody any more.</summary>
    /// <param name="held">Whether a hold is in force.</param>
    /// <param name="now">The time.</param>
    public void Hold(bool held, TimeSpan now)
    {
        if (held == _held)
            return;

        _held = held;
        _heldSince = now;
        _confirmedSinceHeld = false;
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
