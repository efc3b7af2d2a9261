namespace Coordination.Client;

/// <summary>Settings of a client. Every member can be bound from configuration; hooks that are code sit on the builder.</summary>
public sealed class CoordinationOptions
{
    /// <summary>
    /// Servers and an optional chroot: <c>h1:2181,h2,[::1]:2182/app</c>. The port defaults to 2181. Empty: the registered
    /// <see cref="Protocol.ICoordinationEndpoint"/> is used.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The session timeout asked for; the server clamps it to its own bounds.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long <see cref="ICoordinationClient.ConnectAsync"/> waits, and the most that one server may take to accept.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a call waits for a connection before it fails.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long before the earliest possible expiry on the server the session is presumed lost; a quarter of the negotiated timeout if
    /// that is more. Covers the difference of two clocks' rates and the delay of scheduling. At least one second, but never more than half
    /// of the timeout: sessions of less than two seconds, which are for tests, have a smaller margin.
    /// </summary>
    public TimeSpan LostSafetyMargin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest reply accepted, in bytes. A longer one breaks the connection.</summary>
    public int MaxReplySize { get; set; } = 64 * 1024 * 1024;

    /// <summary>Lets a hosted application start only when the first connection stands.</summary>
    public bool WaitForConnectionAtStart { get; set; }

    /// <summary>Credentials presented on every connection before anything else.</summary>
    public IList<CoordinationCredential> Credentials { get; } = [];

    /// <summary>Makes a copy, so that a running client does not change with the object it was configured from.</summary>
    /// <returns>The copy.</returns>
    internal CoordinationOptions Clone()
    {
        var copy = new CoordinationOptions
        {
            ConnectionString = ConnectionString,
            SessionTimeout = SessionTimeout,
            ConnectTimeout = ConnectTimeout,
            OperationTimeout = OperationTimeout,
            LostSafetyMargin = LostSafetyMargin,
            MaxReplySize = MaxReplySize,
            WaitForConnectionAtStart = WaitForConnectionAtStart,
        };
        foreach (CoordinationCredential credential in Credentials)
            copy.Credentials.Add(credential);
        return copy;
    }
}
