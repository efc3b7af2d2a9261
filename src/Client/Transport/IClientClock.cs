namespace Coordination.Client;

/// <summary>
/// The clock by which a client judges whether its session is alive. It must go on while the machine is suspended, because the server's
/// clock does, and must not jump when somebody sets the wall clock.
/// </summary>
internal interface IClientClock
{
    /// <summary>Time since some fixed moment.</summary>
    TimeSpan Now { get; }
}
