using System.Net;
using System.Runtime.ExceptionServices;
using Coordination.Protocol;
using Coordination.Server.Hosting.Words;
using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>
/// Runs the replica: takes what waits in the mailbox as one turn and carries out the outbox. One owner at a time runs it, on whichever
/// thread the runner chooses. Whatever fails in a turn, or on the disk, is final: the loop stops acknowledging and ends all connections.
/// </summary>
internal sealed partial class ReplicaLoop : IConnectionEvents, IDisposable
{
    private readonly Mailbox _mailbox = new();
    private readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Replica _replica;
    private readonly ReplicaLoopParts _parts;
    private readonly ITurnRunner _runner;
    private readonly LogPipeline _log;
    private readonly SnapshotPipeline _snapshots;
    private readonly ClientTraffic _traffic;
    private readonly ReadPhase? _reads;
    private readonly ReserveWatch _reserve;
    private readonly SideThread _side;
    private Zxid _lastSubmitted;
    private Zxid _lastPersisted;
    private bool _isWaitingDue;
    private bool _isStopping;
    private bool _isImpatient;
    private bool _isOver;
    private volatile bool _hasFailed;

    /// <param name="replica">The replica to run.</param>
    /// <param name="parts">Everything it is run with.</param>
    public ReplicaLoop(Replica replica, ReplicaLoopParts parts)
    {
        _replica = replica;
        _parts = parts;
        _runner = parts.Runner;
        _reserve = new ReserveWatch(parts.Reserve, PostBriefly, parts.Log);
        _side = new SideThread(_reserve.Look, parts.ReserveCheckInterval, PostBriefly);
        _log = new LogPipeline(parts.Member?.Log ?? parts.Storage, PostBriefly, new SyncObserver(parts.Log, parts.Metrics, parts.SlowSync, _reserve));
        _snapshots = new SnapshotPipeline(replica, PostBriefly, parts, _reserve);
        _traffic = new ClientTraffic(replica, parts, Post, PostBriefly, _side.Do);
        _reads = parts.Crew is { } crew ? new ReadPhase(replica, parts, crew, _traffic.CountUnread) : null;
        _lastSubmitted = _lastPersisted = replica.LastProcessed;
        _duties = parts.Member is { } member ? OpenDuties(member) : null;
    }

    /// <summary>Completes, with the reason, when the replica has failed.</summary>
    public Task<Exception> Faulted => _fault.Task;

    /// <summary>Begins to run; time counts from now on.</summary>
    public void Start()
    {
        _runner.Start(RunTurn, () => Post(new LoopInput(LoopInputKind.Time)));
        _reserve.Look();
        _side.Start();
        Post(new LoopInput(LoopInputKind.Time));
    }

    /// <inheritdoc/>
    public void Accepted(ClientConnection connection) => Post(new LoopInput(LoopInputKind.Accepted, connection));

    /// <inheritdoc/>
    public void Readable(ClientConnection connection) => Post(new LoopInput(LoopInputKind.Readable, connection));

    /// <inheritdoc/>
    public void Writable(ClientConnection connection) => Post(new LoopInput(LoopInputKind.Writable, connection));

    /// <inheritdoc/>
    public void Refused(IPEndPoint remoteAddress, ConnectionLimit limit)
    {
        _parts.Metrics.ConnectionRefused();
        _parts.Log.ConnectionRefused(remoteAddress, limit);
    }

    /// <inheritdoc/>
    public void OutOfDescriptors() => _parts.Log.OutOfDescriptors();

    /// <inheritdoc/>
    public void AcceptFailed(string reason) => _parts.Log.AcceptFailed(reason);

    /// <inheritdoc/>
    public void HandshakeFailed(IPEndPoint remoteAddress, string reason)
    {
        _parts.Metrics.HandshakeFailed();
        _parts.Log.HandshakeFailed(remoteAddress, reason);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over.TrySetResult();
        _side.Dispose();
        _snapshots.Dispose();
        _log.Dispose();
        _runner.Dispose();
        _parts.Crew?.Dispose();
    }

    private void Post(LoopInput input)
    {
        if (_mailbox.Post(input))
            _runner.Wake(brief: false);
    }

    private void PostBriefly(LoopInput input)
    {
        if (_mailbox.Post(input))
            _runner.Wake(brief: true);
    }

    private bool RunTurn()
    {
        if (_mailbox.TakeOrRelease() is not { } inputs)
            return false;

        try
        {
            if (_hasFailed || _isOver)
                AfterTheEnd(inputs);
            else
                Turn(inputs);
        }
        catch (Exception e)
        {
            Fail(e);
        }

        return true;
    }

    private void Turn(List<LoopInput> inputs)
    {
        ReplicaTime now = _parts.Clock.Now;
        long received = _replica.Statistics.PacketsReceived;
        long sent = _replica.Statistics.PacketsSent;
        _replica.BeginTurn(now);
        _traffic.BeginTurn(now.MonotonicMilliseconds, _log.WaitingBytes);
        BeginDuties(now.MonotonicMilliseconds);
        if (!_isStopping)
            _reads?.Run(inputs);
        foreach (LoopInput input in inputs)
            Handle(input, now);
        TickIfDue(now.MonotonicMilliseconds);
        if (_traffic.NextDueAt <= now.MonotonicMilliseconds)
            _traffic.CheckTime();
        CheckDuties(now.MonotonicMilliseconds);

        _replica.CompleteTurn();
        ScheduleWaiting();
        CarryOut();
        _parts.Metrics.Traffic(_replica.Statistics.PacketsReceived - received, _replica.Statistics.PacketsSent - sent);
        _runner.WakeAt(Math.Min(Math.Max(_replica.NextTickAt, _graceUntil), Math.Min(_traffic.NextDueAt, _duties?.NextDueAt ?? long.MaxValue)));
        if (_isStopping)
            StopWhenDrained();
    }

    private void Handle(in LoopInput input, ReplicaTime now)
    {
        switch (input.Kind)
        {
            case LoopInputKind.Accepted:
                _traffic.Accept((ClientConnection)input.Target!, now);
                break;
            case LoopInputKind.Readable:
                _traffic.Readable((ClientConnection)input.Target!);
                break;
            case LoopInputKind.Writable:
                _traffic.Writable((ClientConnection)input.Target!);
                break;
            case LoopInputKind.LogPersisted:
                Persisted(new Zxid(input.Number));
                break;
            case LoopInputKind.SnapshotDue:
                _snapshots.Begin();
                break;
            case LoopInputKind.SnapshotNext:
                _snapshots.Continue();
                break;
            case LoopInputKind.WaitingNext:
                _isWaitingDue = false;
                _replica.AnswerWaiting();
                ScheduleWaiting();
                break;
            case LoopInputKind.AnswerNext:
                _traffic.ContinueAnswers();
                break;
            case LoopInputKind.WordGathered:
                _traffic.Gathered((GatheredWord)input.Target!);
                break;
            case LoopInputKind.DiskReserve:
                _replica.SetDiskReserve(input.Number != 0);
                if (input.Number != 0)
                    _snapshots.MakeRoom();
                break;
            case LoopInputKind.Call:
                ((Action)input.Target!)();
                break;
            case LoopInputKind.Fault:
                ExceptionDispatchInfo.Throw((Exception)input.Target!);
                break;
            default:
                _duties?.TryHandle(input);
                break;
        }
    }

    /// <summary>
    /// Replies that wait for no log leave before a sync in place begins; whatever the log releases leaves in a second round.
    /// </summary>
    private void CarryOut()
    {
        if (_duties is not null)
        {
            CarryOutAsMember(_duties);
            return;
        }

        ReplicaOutbox outbox = _replica.Outbox;
        int entries = outbox.Log.Entries.Count;
        Zxid last = entries > 0 ? outbox.Log.Entries[^1].Zxid : default;
        bool inPlace = entries > 0 && _parts.Sync == SyncStrategy.InPlace && !_mailbox.HasWaiting;
        if (entries > 0)
        {
            _lastSubmitted = last;
            if (!inPlace)
                _log.Submit(outbox.Log);
        }

        Send(outbox);
        if (inPlace)
        {
            if (_log.TrySyncInPlace(outbox.Log))
                Persisted(last);
            else
                _log.Submit(outbox.Log);
        }

        outbox.Log.Clear();
        if (outbox.Dirty.Count > 0 || outbox.Trace.Count > 0)
            Send(outbox);
        outbox.Clear();
    }

    private void Send(ReplicaOutbox outbox)
    {
        _traffic.SendDirty(outbox.Dirty);
        foreach (ClientLink link in outbox.Dirty)
            link.IsDirty = false;
        outbox.Dirty.Clear();
        if (outbox.Trace.Count > 0)
            _parts.Log.Trace(outbox.Trace);
        outbox.Trace.Clear();
    }

    private void Persisted(Zxid zxid)
    {
        // The word of the log's thread on an earlier batch may come behind a sync in place.
        if (zxid > _lastPersisted)
            _lastPersisted = zxid;
        _replica.LogPersisted(zxid);
        ScheduleWaiting();
    }

    private void ScheduleWaiting()
    {
        if (_isWaitingDue || !_replica.HasWaitingAnswers)
            return;

        _isWaitingDue = true;
        Post(new LoopInput(LoopInputKind.WaitingNext));
    }
}
