using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>One contender of a <see cref="LockContest"/>: always has exactly one request, or one watch, to wait for.</summary>
internal sealed class LockContender(WireSession session, string parent) : IDisposable
{
    private readonly byte[] _create = RequestFrames.Frame(
        OpCode.Create, new CreateRequest($"{parent}/n-", [], [.. Acl.Open], CreateMode.EphemeralSequential), Serial(Step.Creating));

    private readonly byte[] _list = RequestFrames.Frame(
        OpCode.GetChildren, new GetChildrenRequest(parent, Watch: false), Serial(Step.Listing));

    private string _name = "";
    private Step _step;
    private long _startedAt;

    private enum Step
    {
        None,
        Creating,
        Listing,
        Watching,
        Waiting,
        Deleting,
    }

    public int Descriptor => session.Descriptor;

    /// <summary>Joins the queue.</summary>
    public void Begin()
    {
        _startedAt = Stopwatch.GetTimestamp();
        Ask(Step.Creating, _create);
    }

    /// <summary>Reads what has come and does what follows.</summary>
    /// <param name="latency">Takes the time from joining to holding.</param>
    /// <param name="mayContinue">Whether to join again after a release.</param>
    /// <returns>Whether this contender is through.</returns>
    public bool React(LatencyHistogram latency, bool mayContinue)
    {
        session.Receive();
        while (session.TryTake(out ReadOnlySpan<byte> frame))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(frame) == WellKnownXid.Notification)
            {
                if (_step == Step.Waiting)
                    Ask(Step.Listing, _list);
                continue;
            }

            if (Advance(frame, latency, mayContinue))
                return true;
        }

        return false;
    }

    public void Dispose() => session.Dispose();

    private static int Serial(Step step) => (int)step;

    private bool Advance(ReadOnlySpan<byte> frame, LatencyHistogram latency, bool mayContinue)
    {
        var reader = new JuteReader(frame);
        ErrorCode error = reader.Read<ReplyHeader>().Error;
        if (error != ErrorCode.Ok && !(_step == Step.Watching && error == ErrorCode.NoNode))
            throw new IOException($"{_step}: {error}.");

        switch (_step)
        {
            case Step.Creating:
                _name = reader.ReadStringOrEmpty();
                Ask(Step.Listing, _list);
                return false;
            case Step.Listing:
                Judge(ref reader, latency);
                return false;
            case Step.Watching:
                if (error == ErrorCode.NoNode)
                    Ask(Step.Listing, _list);
                else
                    _step = Step.Waiting;
                return false;
            default:
                if (mayContinue)
                    Begin();
                return !mayContinue;
        }
    }

    /// <summary>Holds the lock if nobody stands before, and gives it back at once; otherwise watches the one before.</summary>
    private void Judge(ref JuteReader reader, LatencyHistogram latency)
    {
        ReadOnlySpan<char> own = _name.AsSpan(parent.Length + 1);
        string? before = null;
        foreach (string name in reader.ReadStrings() ?? [])
        {
            if (own.SequenceCompareTo(name) > 0 && string.CompareOrdinal(name, before) > 0)
                before = name;
        }

        if (before is null)
        {
            latency.Record((long)Stopwatch.GetElapsedTime(_startedAt).TotalNanoseconds);
            Ask(Step.Deleting, RequestFrames.Frame(OpCode.Delete, new DeleteRequest(_name, -1), Serial(Step.Deleting)));
            return;
        }

        Ask(Step.Watching, RequestFrames.Frame(OpCode.Exists, new ExistsRequest($"{parent}/{before}", Watch: true), Serial(Step.Watching)));
    }

    private void Ask(Step step, byte[] request)
    {
        _step = step;
        session.Send(request);
    }
}
