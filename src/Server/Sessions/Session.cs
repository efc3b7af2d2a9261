namespace Coordination.Server.Sessions;

/// <summary>One session. The id and the timeout it was created with are replicated; everything else is this server's own.</summary>
internal sealed class Session(long id, int timeoutMilliseconds)
{
    /// <summary>Stands for no server in <see cref="Owner"/>.</summary>
    public const long Nobody = long.MinValue;

    /// <summary>The id.</summary>
    public long Id { get; } = id;

    /// <summary>The timeout of its createSession transaction; snapshots hold this one.</summary>
    public int TimeoutMilliseconds { get; } = timeoutMilliseconds;

    /// <summary>The timeout negotiated last; expiry goes by this one.</summary>
    public int NegotiatedMilliseconds { get; set; } = timeoutMilliseconds;

    /// <summary>Whether its closeSession transaction is under way: its requests are dropped from then on.</summary>
    public bool IsClosing { get; set; }

    /// <summary>The server whose client it is, as its leader knows it: whoever opened it, or was asked for it last.</summary>
    public long Owner { get; set; } = Nobody;

    /// <summary>The round of answers to the leader's pings in which it was last heard of. Kept by <see cref="TouchedSessions"/>.</summary>
    internal long TouchRound { get; set; }

    /// <summary>The bucket it expires with, and its neighbours there. Kept by <see cref="SessionExpiry"/>.</summary>
    internal SessionExpiry.Bucket? Bucket { get; set; }

    internal Session? PreviousInBucket { get; set; }

    internal Session? NextInBucket { get; set; }
}
