using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Client.Tests;

/// <summary>What happens when the network does what networks do, against any server.</summary>
public abstract class FaultContract(CoordinationServerFixture server) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private FaultProxy _proxy = null!;
    private CoordinationClient _client = null!;
    private CoordinationClient _other = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _proxy = FaultProxy.Start(server.ConnectionString);
        _client = CoordinationClient.Create(_proxy.ConnectionString, o => o.SessionTimeout = TimeSpan.FromSeconds(4));
        _other = server.Connect();
        await _client.ConnectAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _other.DisposeAsync();
        await _proxy.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_create_whose_answer_is_lost_fails_as_unknown_and_happened_once()
    {
        ZnodePath path = NewPath();
        _ = CutAtReplyTo(OpCode.Create2);

        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await _client.CreateAsync(path, cancellationToken: Cancellation));

        Assert.NotNull(await _client.TryGetAsync(path, Cancellation));
    }

    [Fact]
    public async Task A_read_whose_answer_is_lost_is_sent_again_on_the_same_session()
    {
        ZnodePath path = NewPath();
        await _client.CreateAsync(path, "x"u8.ToArray(), cancellationToken: Cancellation);
        long session = _client.Session.Id;
        Task cut = CutAtReplyTo(OpCode.GetData);

        Znode? znode = await _client.TryGetAsync(path, Cancellation);

        Assert.True(cut.IsCompleted);
        Assert.Equal("x", Encoding.UTF8.GetString(znode!.Data.Span));
        Assert.Equal(session, _client.Session.Id);
    }

    [Fact]
    public async Task A_version_checked_write_that_never_arrived_is_sent_again()
    {
        ZnodePath path = NewPath();
        await _client.CreateAsync(path, cancellationToken: Cancellation);
        CutAtRequest(OpCode.SetData);

        ZnodeStat stat = await _client.SetAsync(path, "x"u8.ToArray(), 0, Cancellation);

        Assert.Equal(1, stat.Version);
    }

    [Fact]
    public async Task A_version_checked_write_that_meets_its_own_effect_says_unknown_and_happened_once()
    {
        ZnodePath path = NewPath();
        await _client.CreateAsync(path, cancellationToken: Cancellation);
        _ = CutAtReplyTo(OpCode.SetData);

        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await _client.SetAsync(path, "x"u8.ToArray(), 0, Cancellation));

        Assert.Equal(1, (await _client.ExistsAsync(path, Cancellation))!.Value.Version);
    }

    [Fact]
    public async Task A_protected_create_finds_its_znode_after_a_lost_answer()
    {
        ZnodePath parent = NewPath();
        await _client.CreateAsync(parent, cancellationToken: Cancellation);
        Task cut = CutAtReplyTo(OpCode.Create2);

        Znode created = await _client.CreateAsync(parent / "lock-", default, Protected, Cancellation);

        Assert.True(cut.IsCompleted);
        Assert.Equal([created.Path.Name], (await _client.GetChildrenAsync(parent, Cancellation)).Names);
        Assert.Equal(_client.Session.Id, created.Stat.EphemeralOwner);
    }

    [Fact]
    public async Task A_cancelled_protected_create_leaves_nothing_behind()
    {
        ZnodePath parent = NewPath();
        await _client.CreateAsync(parent, cancellationToken: Cancellation);
        using var cancellation = new CancellationTokenSource();
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _proxy.Filter = frame =>
        {
            if (frame.Direction == FrameDirection.ToServer && OpCodeOf(frame) == OpCode.Create2)
            {
                _proxy.BlackHole(FrameDirection.ToClient);
                sent.TrySetResult();
            }

            return FrameVerdict.Forward;
        };

        Task<Znode> creating = _client.CreateAsync(parent / "lock-", default, Protected, cancellation.Token).AsTask();
        await sent.Task.WaitAsync(Patience, Cancellation);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
        _proxy.Filter = null;
        using var children = new Recorder<ChildrenView>(_other.ObserveChildren(parent));
        _proxy.Heal();

        await Eventually.HoldsAsync(() => _client.PendingGuaranteedDeletes == 0, Patience, () => $"{_client.PendingGuaranteedDeletes} deletes are pending");
        await children.UntilAsync(view => view.Current is { Names.Count: 0 });
        await _other.SyncAsync(parent, Cancellation);
        Assert.Empty((await _other.GetChildrenAsync(parent, Cancellation)).Names);
    }

    [Fact]
    public async Task A_guaranteed_delete_goes_on_through_an_outage_and_a_cancellation()
    {
        ZnodePath path = NewPath();
        await _client.CreateAsync(path, cancellationToken: Cancellation);
        using var cancellation = new CancellationTokenSource();
        _proxy.RefusesConnections = true;
        _proxy.CutAll();

        Task<bool> deleting = _client.DeleteAsync(path, null, new() { Guaranteed = true }, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deleting);
        Assert.Equal(1, _client.PendingGuaranteedDeletes);
        _proxy.RefusesConnections = false;

        await _other.WaitUntilDeletedAsync(path, Cancellation).AsTask().WaitAsync(Patience, Cancellation);
        await Eventually.HoldsAsync(() => _client.PendingGuaranteedDeletes == 0, Patience, () => $"{_client.PendingGuaranteedDeletes} deletes are pending");
    }

    [Fact]
    public async Task A_held_session_is_declared_lost_before_its_ephemeral_znode_goes()
    {
        ZnodePath path = NewPath();
        using IDisposable hold = _client.HoldSession();
        await _client.CreateAsync(path, default, new() { Kind = CreateKind.Ephemeral }, Cancellation);
        SessionInfo session = _client.Session;
        Task gone = _other.WaitUntilDeletedAsync(path, Cancellation).AsTask();

        _proxy.BlackHole();
        var lost = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Lost.Register(() => lost.TrySetResult(gone.IsCompleted));

        Assert.False(await lost.Task.WaitAsync(Patience, Cancellation), "The znode went before the token fired.");
        Assert.Equal(TimeSpan.Zero, session.SafeFor);
        await gone.WaitAsync(Patience, Cancellation);
        _proxy.Heal();
        SessionInfo next = await _client.ConnectAsync(Cancellation);
        Assert.NotEqual(session.Id, next.Id);
        Assert.False(next.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_session_presumed_lost_is_closed_and_not_resumed()
    {
        ZnodePath path = NewPath();
        await _client.CreateAsync(path, default, new() { Kind = CreateKind.Ephemeral }, Cancellation);
        SessionInfo session = _client.Session;
        using var states = new Recorder<SessionChange>(_client.SessionChanges);

        _proxy.BlackHole(FrameDirection.ToClient);
        await states.UntilAsync(change => change.State == SessionState.Lost);
        _proxy.Heal();
        SessionChange connected = await states.UntilAsync(change => change.State == SessionState.Connected && change.Session.Id != session.Id);

        Assert.True(session.Lost.IsCancellationRequested);
        await _client.SyncAsync(path, Cancellation);
        Assert.Null(await _client.ExistsAsync(path, Cancellation));
        Assert.Equal(connected.Session.Id, _client.Session.Id);
    }

    [Fact]
    public async Task While_held_the_deadline_moves_on_without_any_call()
    {
        using IDisposable hold = _client.HoldSession();
        CancellationToken lost = _client.Session.Lost;
        int probes = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _proxy.Filter = frame =>
        {
            if (frame.Direction == FrameDirection.ToServer && OpCodeOf(frame) == OpCode.Multi && Interlocked.Increment(ref probes) == 8)
                enough.TrySetResult();
            return FrameVerdict.Forward;
        };

        await enough.Task.WaitAsync(Patience, Cancellation);

        Assert.False(lost.IsCancellationRequested);
        Assert.InRange(_client.Session.SafeFor, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_call_without_a_connection_fails_in_time_and_says_what_was_tried()
    {
        await using CoordinationClient client = CoordinationClient.Create(_proxy.ConnectionString, o => o.OperationTimeout = TimeSpan.FromMilliseconds(500));
        _proxy.RefusesConnections = true;

        var error = await Assert.ThrowsAsync<ConnectionUnavailableException>(async () => await client.TryGetAsync("/x", Cancellation));

        Assert.Contains(_proxy.ConnectionString, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_on_the_server_when_nobody_listens()
    {
        ZnodePath root = NewPath();
        await _client.CreateAsync(root / "a", default, new() { CreateParents = true }, Cancellation);
        var znode = new Recorder<ZnodeView>(_client.Observe(root));
        var absent = new Recorder<ZnodeView>(_client.Observe(root / "none"));
        var children = new Recorder<ChildrenView>(_client.ObserveChildren(root));
        var tree = new Recorder<TreeChange>(_client.ObserveTree(root / "a"));
        using var cancellation = new CancellationTokenSource();
        Task deletion = _client.WaitUntilDeletedAsync(root, cancellation.Token).AsTask();
        await znode.NextAsync();
        await absent.NextAsync();
        await children.NextAsync();
        await tree.UntilAsync(change => change.Kind == TreeChangeKind.Initialized);
        Assert.True(await server.CountWatchesAsync() >= 4);

        znode.Dispose();
        absent.Dispose();
        children.Dispose();
        tree.Dispose();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deletion);

        await Eventually.HoldsAsync(async () => await server.CountWatchesAsync() == 0, Patience, () => "the server still holds watches");
    }

    private static CreateOptions Protected => new() { Kind = CreateKind.EphemeralSequential, SurviveLostReply = true };

    private static ZnodePath NewPath() => "/" + Guid.NewGuid().ToString("N");

    // In a handshake these bytes are the upper half of a small zxid: zero, which is no request.
    private static OpCode OpCodeOf(in ProxiedFrame frame) => (OpCode)BinaryPrimitives.ReadInt32BigEndian(frame.Body.Span[4..]);

    private void CutAtRequest(OpCode type)
    {
        int cut = 0;
        _proxy.Filter = frame => frame.Direction == FrameDirection.ToServer && OpCodeOf(frame) == type && Interlocked.Exchange(ref cut, 1) == 0
            ? FrameVerdict.Cut
            : FrameVerdict.Forward;
    }

    private Task CutAtReplyTo(OpCode type)
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int xid = 0;
        _proxy.Filter = frame =>
        {
            if (frame.Direction == FrameDirection.ToServer && Volatile.Read(ref xid) == 0 && OpCodeOf(frame) == type)
                Volatile.Write(ref xid, BinaryPrimitives.ReadInt32BigEndian(frame.Body.Span));
            else if (frame.Direction == FrameDirection.ToClient && Volatile.Read(ref xid) > 0
                && BinaryPrimitives.ReadInt32BigEndian(frame.Body.Span) == xid)
            {
                Volatile.Write(ref xid, -100);
                cut.TrySetResult();
                return FrameVerdict.Cut;
            }

            return FrameVerdict.Forward;
        };
        return cut.Task;
    }
}

public sealed class ApacheFaultContract(ApacheFixture server) : FaultContract(server), IClassFixture<ApacheFixture>;

public sealed class OurFaultContract(OurFixture server) : FaultContract(server), IClassFixture<OurFixture>;
