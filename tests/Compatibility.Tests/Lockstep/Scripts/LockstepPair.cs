using System.Net;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Apache's server and ours, side by side: what a client does to the one it does to the other, and it must see the same.</summary>
internal sealed class LockstepPair : IAsyncDisposable
{
    private static readonly ServerProcessOptions Options = new()
    {
        SystemProperties = new Dictionary<string, string>
        {
            ["zookeeper.forceSync"] = "no",
            ["zookeeper.enforceQuota"] = "true",
            ["znode.container.checkIntervalMs"] = "100000000",
        },
    };

    private static readonly ScriptRequest Ping = new(OpCode.Ping);

    private readonly ApacheServer _apache;
    private readonly OwnServer _own;
    private readonly LockstepSide _theirs;
    private readonly LockstepSide _ours;
    private readonly HashSet<long> _ourClosings = [];
    private Correspondence _correspondence = new();
    private int _scripts;

    private LockstepPair(ApacheServer apache, OwnServer own)
    {
        _apache = apache;
        _own = own;
        _theirs = new LockstepSide(IPEndPoint.Parse(apache.ConnectionString));
        _ours = new LockstepSide(IPEndPoint.Parse(own.ConnectionString));
    }

    /// <summary>Requests and handshakes so far.</summary>
    public long Operations { get; private set; }

    /// <summary>Watch events that were compared.</summary>
    public long Events { get; private set; }

    /// <summary>How often each code was given, by both.</summary>
    public Dictionary<ErrorCode, int> Codes { get; } = [];

    /// <summary>Znodes that were compared at the ends of scripts.</summary>
    public long Znodes { get; private set; }

    public static async Task<LockstepPair> StartAsync(CancellationToken cancellationToken)
    {
        ApacheServer apache = await ApacheServer.StartAsync(Options, cancellationToken);
        try
        {
            return new LockstepPair(apache, await OwnServer.StartAsync(Options, cancellationToken));
        }
        catch
        {
            await apache.DisposeAsync();
            throw;
        }
    }

    /// <summary>Plays a script and looks at the tree that it leaves.</summary>
    /// <exception cref="LockstepException">The servers differ.</exception>
    public void Play(Script script)
    {
        _correspondence = new Correspondence();
        _ourClosings.Clear();
        _theirs.Root = _ours.Root = $"/l{++_scripts:d5}";
        try
        {
            Settle(script);
            foreach (ScriptStep step in script.Steps)
                Do(step);
            Finish(script.World);
        }
        catch
        {
            _theirs.Abandon();
            _ours.Abandon();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _theirs.Dispose();
        _ours.Dispose();
        await _apache.DisposeAsync();
        await _own.DisposeAsync();
    }

    private void Settle(Script script)
    {
        if (!_theirs.IsConnected(LockstepSide.Walker))
        {
            Do(new Handshake(LockstepSide.Walker, HandshakeKind.Return));
            Do(new Pipeline(LockstepSide.Walker, [ScriptRequests.WalkerAuth]));
        }

        Do(new Pipeline(LockstepSide.Walker, [.. ScriptRequests.Preparations(script.World)]));
    }

    /// <summary>Ends all sessions, so that no event stays unread, and compares the trees.</summary>
    private void Finish(World world)
    {
        for (int client = 0; client < Script.Sessions; client++)
        {
            if (_theirs.HasSession(client))
                Do(new Pipeline(client, [ScriptRequests.Close]));
        }

        Walk("~");
        if (world == World.Limited)
            Walk("!");
        if (_correspondence.Disorder() is { } disorder)
            throw new LockstepException(disorder);
    }

    private void Walk(string top)
    {
        List<string> level = [top];
        while (level.Count > 0)
        {
            List<string> next = [];
            foreach (string[] some in level.Chunk(50))
            {
                ScriptRequest[] requests = [.. some.SelectMany(ScriptRequests.Look)];
                List<Observation> seen = Do(new Pipeline(LockstepSide.Walker, requests));
                Znodes += some.Length;
                next.AddRange(
                    from reply in seen
                    where reply.Request is { Operation: OpCode.GetChildren2 } && Answer.ErrorOf(reply) == ErrorCode.Ok
                    from name in RawReply.Parse(reply.Frame).As<GetChildren2Response>().Children ?? []
                    select $"{reply.Request!.Parts[0]}/{name}");
            }

            level = next;
        }
    }

    private List<Observation> Do(ScriptStep step)
    {
        // Who has no connection gets one first; who has no session yet cannot do anything else with a handshake.
        bool connected = _theirs.IsConnected(step.Session);
        if (step is Pipeline && !connected)
            Do(new Handshake(step.Session, HandshakeKind.Return));
        if (step is Handshake { Kind: not HandshakeKind.Return } && !_theirs.HasSession(step.Session))
            step = new Handshake(step.Session, HandshakeKind.Return);

        // What has come already is read before a connection may end: a reset loses it.
        if (connected
            && step is Handshake { Kind: HandshakeKind.Takeover or HandshakeKind.WrongPassword } or Pipeline { MayEndConnection: true })
            Do(new Pipeline(step.Session, [Ping]));

        _theirs.Begin(step, age => _correspondence.ZxidOfAge(age).Theirs);
        _ours.Begin(step, age => _correspondence.ZxidOfAge(age).Ours);
        Operations += step is Pipeline pipeline ? pipeline.Requests.Count : 1;

        List<Observation> theirs = _theirs.Finish(step);
        List<Observation> ours = _ours.Finish(step);
        if (Compare(theirs, ours) is { } difference)
            throw new LockstepException($"{step}\n{difference}\nApache saw\n  {Text(theirs)}\nwe saw\n  {Text(ours)}");
        return theirs;
    }

    private static string Text(List<Observation> seen) => string.Join("\n  ", seen);

    private string? Compare(List<Observation> theirs, List<Observation> ours)
    {
        _ourClosings.UnionWith(from seen in ours where seen.Request is { Operation: OpCode.CloseSession } select ZxidOf(seen));
        for (int i = 0; i < Math.Max(theirs.Count, ours.Count); i++)
        {
            Observation? their = i < theirs.Count ? theirs[i] : null;
            Observation? our = i < ours.Count ? ours[i] : null;
            if (ScriptDifference.IsAuthCutShort(their, our) && i + 2 == ours.Count)
                return null;
            if (their?.Kind != our?.Kind)
                return $"item {i}: {their} / {our}";
            if (their!.Kind != ObservationKind.Event)
            {
                if (!SameAnswer(their, our!))
                    return $"item {i}:\n  Apache {their}\n  ours   {our}";
                continue;
            }

            Events++;
            int run = LengthOfClosing(ours, i);
            if (run > 1)
            {
                if (!SameEvents(theirs, ours, i, run))
                    return $"events {i} to {i + run - 1} of a closed session";
                Events += run - 1;
                i += run - 1;
            }
            else if (!_correspondence.Same(Answer.Decode(their), Answer.Decode(our!)))
            {
                return $"item {i}:\n  Apache {their}\n  ours   {our}";
            }
        }

        return null;
    }

    private bool SameAnswer(Observation theirs, Observation ours)
    {
        if (_correspondence.Same(Answer.Decode(theirs), Answer.Decode(ours, asOld: true)))
        {
            if (ours.Kind == ObservationKind.Reply)
                Codes[Answer.ErrorOf(ours)] = Codes.GetValueOrDefault(Answer.ErrorOf(ours)) + 1;
            return true;
        }

        if (theirs.Kind != ObservationKind.Reply || ScriptDifference.Met(theirs, ours) is not { } met)
            return false;
        if (!met.OneTakesAZxid)
            return _correspondence.SameZxid(ZxidOf(theirs), ZxidOf(ours));

        _correspondence.AddSurplus(ZxidOf(theirs), ZxidOf(ours));
        return true;
    }

    /// <summary>How many events from here on belong to one end of a session: Apache deletes in the order of a hash table.</summary>
    private int LengthOfClosing(List<Observation> ours, int from)
    {
        int to = from;
        long zxid = ZxidOf(ours[from]);
        while (to < ours.Count && ours[to].Kind == ObservationKind.Event && ZxidOf(ours[to]) == zxid)
            to++;
        return _ourClosings.Contains(zxid) ? to - from : 1;
    }

    private static bool SameEvents(List<Observation> theirs, List<Observation> ours, int from, int count) =>
        from + count <= theirs.Count && Sorted(theirs, from, count).SequenceEqual(Sorted(ours, from, count));

    private static IEnumerable<string> Sorted(List<Observation> seen, int from, int count) => seen.GetRange(from, count)
        .Select(static item => $"{item.Kind} {Convert.ToHexStringLower(item.Frame.AsSpan(ReplyHeader.Size))}")
        .Order(StringComparer.Ordinal);

    private static long ZxidOf(Observation seen) => new JuteReader(seen.Frame).Read<ReplyHeader>().Zxid;
}

/// <summary>The servers differ.</summary>
/// <param name="message">How.</param>
internal sealed class LockstepException(string message) : Exception(message);
