using System.Net;

namespace Coordination.Client;

/// <summary>
/// One session. A new session is a new object, so that reading the id and its token is one consistent step.
/// </summary>
/// <param name="id">The id; 0 before the first connection.</param>
/// <param name="timeout">The negotiated timeout.</param>
/// <param name="server">The server connected to, or last connected to.</param>
/// <param name="lost">See <see cref="Lost"/>.</param>
/// <param name="safeFor">Computes <see cref="SafeFor"/>.</param>
public sealed class SessionInfo(long id, TimeSpan timeout, EndPoint? server, CancellationToken lost, Func<TimeSpan>? safeFor = null)
{
    private readonly LostSignal? _signal;

    /// <summary>A session of a real client, whose end is told by the client's own thread.</summary>
    internal SessionInfo(long id, TimeSpan timeout, EndPoint? server, LostSignal signal, Func<TimeSpan> safeFor)
        : this(id, timeout, server, signal.Token, safeFor) => _signal = signal;

    /// <summary>The id the server gave; 0 before the first connection.</summary>
    public long Id { get; } = id;

    /// <summary>The negotiated timeout.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <summary>The server connected to, or last connected to.</summary>
    public EndPoint? Server { get; } = server;

    /// <summary>
    /// Cancelled when the session has ended or must be presumed ended: before any server can have given its ephemeral znodes away
    /// by expiry, not after.
    /// </summary>
    public CancellationToken Lost { get; } = lost;

    /// <summary>
    /// How long the session is certainly alive from now on: the send time of the newest answered request that needed a quorum, plus the
    /// negotiated timeout, minus the safety margin. Zero once lost. Kept fresh only while <see cref="ICoordinationClient.HoldSession"/> is in force.
    /// </summary>
    public TimeSpan SafeFor => Lost.IsCancellationRequested ? TimeSpan.Zero : safeFor?.Invoke() ?? TimeSpan.Zero;

    /// <summary>
    /// Cancels a source of the caller when the session is lost. Unlike a callback of <see cref="Lost"/>, which waits for a thread of the
    /// pool, this happens at the same moment, whatever the pool is doing: locks and leaders' terms are built on it.
    /// </summary>
    /// <param name="source">The source; its own callbacks run on the pool.</param>
    /// <returns>Dispose it to let the source live on.</returns>
    public IDisposable CancelWhenLost(CancellationTokenSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return _signal is not null
            ? _signal.Follow(source)
            : Lost.UnsafeRegister(static source => _ = ((CancellationTokenSource)source!).CancelAsync(), source);
    }
}

/// <summary>The states of a client's session.</summary>
public enum SessionState
{
    /// <summary>No connection has been established yet.</summary>
    Connecting,

    /// <summary>Connected.</summary>
    Connected,

    /// <summary>The connection is lost; the session may still be alive.</summary>
    Suspended,

    /// <summary>The session has ended or is presumed to have; the client goes on to a new one.</summary>
    Lost,

    /// <summary>The client is disposed, or its credentials were refused.</summary>
    Closed,
}

/// <summary>A change of the session's state.</summary>
/// <param name="State">The new state.</param>
/// <param name="Session">The session concerned.</param>
public sealed record SessionChange(SessionState State, SessionInfo Session);
