namespace Coordination.Server;

/// <summary>
/// How fast sessions may be opened and taken up again: a bucket of tokens that fills with time, and, if wanted, dropping at random that grows
/// while the bucket is empty, so that those who come late in each interval do not starve. What is turned away is closed without an answer.
/// </summary>
public sealed class ConnectionThrottleOptions
{
    /// <summary>Tokens that the bucket holds (<c>connectionMaxTokens</c>).</summary>
    /// <value>Tokens; 0 switches the throttle off. Default: 0.</value>
    public int Tokens { get; set; }

    /// <summary>How often tokens are put in (<c>connectionTokenFillTime</c>).</summary>
    /// <value>1 ms to 24 days. Default: 1 ms.</value>
    public TimeSpan FillTime { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Tokens put in each time (<c>connectionTokenFillCount</c>).</summary>
    /// <value>Tokens, 1 or more. Default: 1.</value>
    public int FillCount { get; set; } = 1;

    /// <summary>How often the probability of dropping is adjusted (<c>connectionFreezeTime</c>).</summary>
    /// <value>0 ms to 24 days; null for no dropping at random. Default: null.</value>
    public TimeSpan? FreezeTime { get; set; }

    /// <summary>By how much the probability grows while the bucket is empty (<c>connectionDropIncrease</c>).</summary>
    /// <value>0 to 1. Default: 0.02.</value>
    public double DropIncrease { get; set; } = 0.02;

    /// <summary>By how much it falls otherwise (<c>connectionDropDecrease</c>).</summary>
    /// <value>0 to 1. Default: 0.002.</value>
    public double DropDecrease { get; set; } = 0.002;

    /// <summary>The share of the bucket that may be missing for it to fall (<c>connectionDecreaseRatio</c>).</summary>
    /// <value>0 to 1. Default: 0.</value>
    public double DecreaseRatio { get; set; }

    /// <summary>Whether new and returning sessions cost as follows, or one token each (<c>connection_throttle_weight_enabled</c>).</summary>
    /// <value>Default: false.</value>
    public bool Weighted { get; set; }

    /// <summary>Tokens for a new session (<c>connection_throttle_global_session_weight</c>).</summary>
    /// <value>Tokens, 1 or more. Default: 3.</value>
    public int NewSessionWeight { get; set; } = 3;

    /// <summary>Tokens for a session that comes back (<c>connection_throttle_renew_session_weight</c>).</summary>
    /// <value>Tokens, 1 or more. Default: 2.</value>
    public int ReturningSessionWeight { get; set; } = 2;
}
