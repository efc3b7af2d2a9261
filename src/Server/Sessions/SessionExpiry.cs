namespace Coordination.Server.Sessions;

/// <summary>
/// Deadlines of sessions in buckets of one tick, as Apache's ExpiryQueue: a session lives between its timeout and one tick more. Touching
/// costs nothing while the bucket stays the same. Time is an argument.
/// </summary>
internal sealed class SessionExpiry(int tickMilliseconds)
{
    private readonly SortedList<long, Bucket> _buckets = [];

    /// <summary>When the next bucket falls due, or <see cref="long.MaxValue"/>.</summary>
    public long NextDeadline => _buckets.Count > 0 ? _buckets.GetKeyAtIndex(0) : long.MaxValue;

    /// <summary>Moves the deadline of a session to its negotiated timeout from now, rounded up to a tick.</summary>
    public void Touch(Session session, long now)
    {
        long deadline = DeadlineOf(now, session.NegotiatedMilliseconds);
        if (session.Bucket is { } bucket)
        {
            if (bucket.Deadline == deadline)
                return;
            Remove(session);
        }

        if (!_buckets.TryGetValue(deadline, out Bucket? target))
            _buckets.Add(deadline, target = new Bucket(deadline));
        target.Add(session);
    }

    /// <summary>Takes a session out.</summary>
    public void Remove(Session session)
    {
        if (session.Bucket is not { } bucket)
            return;

        bucket.Remove(session);
        if (bucket.First is null)
            _buckets.Remove(bucket.Deadline);
    }

    /// <summary>Takes all of them out: no session expires here any more.</summary>
    public void Clear()
    {
        while (_buckets.Count > 0)
            Remove(_buckets.GetValueAtIndex(_buckets.Count - 1).First!);
    }

    /// <summary>Takes out the next session whose deadline has passed, in order of deadlines and then of touches.</summary>
    public Session? TakeExpired(long now)
    {
        if (NextDeadline > now)
            return null;

        Session session = _buckets.GetValueAtIndex(0).First!;
        Remove(session);
        return session;
    }

    /// <summary>When a session touched now expires.</summary>
    public long DeadlineOf(long now, int timeoutMilliseconds) => (((now + timeoutMilliseconds) / tickMilliseconds) + 1) * tickMilliseconds;

    /// <summary>The sessions of one deadline, linked through themselves.</summary>
    internal sealed class Bucket(long deadline)
    {
        public long Deadline { get; } = deadline;

        public Session? First { get; private set; }

        private Session? Last { get; set; }

        public void Add(Session session)
        {
            session.Bucket = this;
            session.PreviousInBucket = Last;
            session.NextInBucket = null;
            if (Last is null)
                First = session;
            else
                Last.NextInBucket = session;
            Last = session;
        }

        public void Remove(Session session)
        {
            if (session.PreviousInBucket is { } before)
                before.NextInBucket = session.NextInBucket;
            else
                First = session.NextInBucket;
            if (session.NextInBucket is { } after)
                after.PreviousInBucket = session.PreviousInBucket;
            else
                Last = session.PreviousInBucket;
            session.Bucket = null;
            session.PreviousInBucket = null;
            session.NextInBucket = null;
        }
    }
}
