using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Network;

namespace Coordination.Server.Hosting.Ensemble;

/// <content>What goes out, and how connections end.</content>
internal sealed partial class PeerTraffic
{
    /// <summary>Output larger than this is given back to the pool after it was sent.</summary>
    private const int KeptOutput = 64 << 10;

    /// <summary>Bytes of a transfer per turn: a fraction of a millisecond.</summary>
    private const int SliceBytes = 64 << 10;

    private const long CheckInterval = 500;
    private const long RetryInterval = 10;
    private const long CloseTimeout = 5000;

    /// <summary>When something here is due next, monotonic milliseconds.</summary>
    public long NextDueAt { get; private set; } = long.MaxValue;

    /// <summary>Sends what a turn has written.</summary>
    public void SendDirty(List<PeerLink> dirty)
    {
        foreach (PeerLink link in dirty)
            Pump((ConnectedPeer)link.Owner!);
    }

    /// <summary>The socket takes bytes again.</summary>
    public void Writable(PolledConnection connection)
    {
        connection.EndSend();
        if (connection.Owner is not ConnectedPeer { IsGone: false } peer)
            return;

        peer.ProgressAt = _now;
        Pump(peer);
        Continue(peer);
    }

    /// <summary>Begins to fill a learner's link with history or a snapshot.</summary>
    public void Begin(in TransferOrder order)
    {
        var peer = (ConnectedPeer)order.Link.Owner!;
        if (peer.IsGone || peer.IsClosing)
            return;

        Action next = () => parts.Post(new LoopInput(LoopInputKind.PeerTransfer, peer));
        peer.ProgressAt = _now;
        peer.Transfer = order.Kind == TransferKind.SendSnapshot
            ? new SnapshotTransfer(parts.State)
            : new HistoryTransfer(parts.Store, order.After, order.UpTo, next, parts.Log);
        next();
    }

    /// <summary>Writes the next slice of a transfer, unless the socket is still busy with the one before.</summary>
    public void Continue(ConnectedPeer peer)
    {
        if (peer is not { IsGone: false, IsClosing: false, Transfer: { } transfer } || peer.Connection.IsSending)
            return;

        TransferStep step = transfer.Fill(peer.Link.Output, SliceBytes);
        if (peer.Link.Output.Length > 0)
        {
            peer.ProgressAt = _now;
            Send(peer);
        }

        switch (step)
        {
            case TransferStep.More when !peer.Connection.IsSending:
                parts.Post(new LoopInput(LoopInputKind.PeerTransfer, peer));
                break;
            case TransferStep.Waiting:
                CheckBy(_now + RetryInterval);
                break;
            case TransferStep.Done:
                peer.Transfer = null;
                transfer.Tell(parts.Peer, peer.Link);
                transfer.Dispose();
                break;
            case TransferStep.Failed:
                Cut(peer, "what it lacks cannot be read");
                break;
        }
    }

    /// <summary>Time has passed: cuts connections that have had theirs.</summary>
    public void CheckTime()
    {
        NextDueAt = _peers.Count > 0 ? _now + CheckInterval : long.MaxValue;
        foreach (ConnectedPeer peer in _peers.ToArray())
        {
            if (WhatIsWrongWith(peer) is { } wrong)
                Cut(peer, wrong);
            else
                Continue(peer);
        }
    }

    /// <summary>The other silences are the core's to judge.</summary>
    private string? WhatIsWrongWith(ConnectedPeer peer)
    {
        long limit = parts.Peer.Options.InitMilliseconds;
        if (_now >= peer.CloseBy)
            return "it did not read what was left for it";
        if (peer.Link is { IsIncoming: true, Learner: null } && _now - peer.ArrivedAt > limit)
            return $"it did not say who it is for {limit} ms";
        if (peer.Transfer is not null && peer.Connection.IsSending && _now - peer.ProgressAt > limit)
            return $"it has taken nothing of what it lacks for {limit} ms";
        return null;
    }

    /// <summary>Sends what is there if the socket takes it, and watches over what it does not take.</summary>
    private void Pump(ConnectedPeer peer)
    {
        PeerLink link = peer.Link;
        if (peer.IsGone)
        {
            link.Output.Clear();
            return;
        }

        int limit = parts.Peer.Options.MaxBacklogBytes;
        if (!peer.Connection.IsSending && link.Output.Length > 0)
        {
            Send(peer);
        }
        else if (link.Output.Length > limit)
        {
            Cut(peer, $"{link.Output.Length} bytes were not read (limit {limit})");
            return;
        }

        if (link.Close != LinkCloseReason.None)
            Close(peer);
    }

    private static void Send(ConnectedPeer peer)
    {
        FrameBuffer output = peer.Link.Output;
        int length = output.Length;
        peer.Connection.Send(output);
        if (length > KeptOutput)
            output.Shrink(KeptOutput);
    }

    /// <summary>Ends a connection after its output: the core wants nothing of it any more.</summary>
    private void Close(ConnectedPeer peer)
    {
        if (!peer.IsClosing)
        {
            peer.IsClosing = true;
            peer.CloseBy = _now + CloseTimeout;
            peer.Transfer?.Dispose();
            CheckBy(peer.CloseBy);
        }

        if (peer.Connection.IsSending)
            return;

        peer.Connection.Close();
        Forget(peer);
    }

    /// <summary>Ends a connection at once. The core hears of it in the next turn: it may be at work at this moment.</summary>
    private void Cut(ConnectedPeer peer, string? reason)
    {
        if (peer.IsGone)
            return;

        if (reason is not null)
            parts.Log.PeerCut($"{peer}", reason);
        peer.Connection.Abort();
        Forget(peer);
    }

    private void Forget(ConnectedPeer peer)
    {
        peer.IsGone = true;
        peer.Transfer?.Dispose();
        if (peer.Receiver is { HasAll: false } receiver)
            receiver.Dispose();
        peer.Link.Output.Clear();
        _peers.Remove(peer);
        Later(() => parts.Peer.Lost(peer.Link));
    }

    private void Later(Action input) => parts.Post(new LoopInput(LoopInputKind.Member, input));

    private void CheckBy(long time) => NextDueAt = Math.Min(NextDueAt, time);
}
