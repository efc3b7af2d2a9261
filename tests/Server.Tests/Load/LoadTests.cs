using System.Diagnostics;
using System.Net;
using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Watches;
using Coordination.Testing;

namespace Coordination.Server.Tests.Load;

/// <summary>Tests that measure memory or time, with nobody beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>The numbers that no process has sockets for, on the pure replica: what one request may make all others wait.</summary>
[Collection(nameof(Alone))]
public sealed class LoadTests
{
    /// <summary>What one request may take from the others. The machine may be busy; the figures printed are what counts.</summary>
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(10);

    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void A_change_that_a_hundred_thousand_connections_watch_reaches_all_of_them_in_one_turn()
    {
        int count = ProofScale.Of(quick: 20_000, middle: 100_000, full: 100_000);
        TestClient writer = _driver.Connect(40_000);
        TestClient other = _driver.Connect(40_000);
        writer.Made("/storm");
        other.Made("/other");
        ClientLink[] links = [.. Enumerable.Range(0, count).Select(i => Watching("/storm", 1000 + i))];
        using var machine = new StallGauge();
        List<double> others = [];
        double longest = 0;
        for (int i = 0; i < 300; i++)
        {
            if (i % 100 == 50)
            {
                long started = Stopwatch.GetTimestamp();
                Assert.Equal(ErrorCode.Ok, writer.SetData("/storm", [1]).Error);
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Assert.All(links, static link => Assert.True(link.Output.Length > 0, "nothing was sent"));
                Array.ForEach(links, static link => link.Output.Clear());
            }

            long sent = Stopwatch.GetTimestamp();
            Assert.Equal(ErrorCode.Ok, other.SetData("/other", [1]).Error);
            others.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        others.Sort();
        double stalled = 2 * machine.Longest.TotalMilliseconds;
        Report($"watch storm in process: {count} watchers, {longest:f0} ms for all; p99 of others' writes {others[^3]:f2} ms");
        Assert.True(longest < 2000 + stalled, $"{longest} ms, the machine stalls {stalled} ms");
        Assert.True(others[^3] < 50 + stalled, $"{others[^3]} ms, the machine stalls {stalled} ms");
    }

    [Fact]
    public void A_parent_with_a_million_children_is_filled_listed_recovered_and_emptied()
    {
        int count = ProofScale.Of(quick: 50_000, middle: 200_000, full: 1_000_000);
        TestClient client = _driver.Connect(40_000);
        client.Made("/parent");
        TimeSpan filling = Time(() => InMultis(client, count, static i => new MultiOperation(OpCode.Create2, Child(i), [], Acl.Open)));

        // What all others wait for is the making of the answer; sending it goes on beside them.
        TimeSpan listing = Time(() => client.Send(OpCode.GetChildren, new GetChildrenRequest("/parent", false)));
        TimeSpan again = Time(() => client.Send(OpCode.GetChildren, new GetChildrenRequest("/parent", false)));
        Reply list = client.Next();
        client.Next();
        IReadOnlyList<string> names = list.Read<GetChildrenResponse>().Children!;
        Assert.Equal(count, names.Count);
        Assert.Equal(count, names.ToHashSet(StringComparer.Ordinal).Count);
        Assert.Equal(count, client.Stat("/parent").NumChildren);

        RecoveredState recovered = null!;
        TimeSpan recovering = Time(() => recovered = _driver.Recover());
        Assert.Equal((_driver.Replica.State.Tree.Count, _driver.Replica.State.Tree.Digest), (recovered.Tree.Count, recovered.Tree.Digest));
        TimeSpan one = Time(() => client.Made("/parent/one-more"));
        Assert.Equal(ErrorCode.NotEmpty, client.Delete("/parent").Error);
        client.Delete("/parent/one-more");
        TimeSpan emptying = Time(() => InMultis(client, count, static i => new MultiOperation(OpCode.Delete, Child(i))));
        Assert.Equal(ErrorCode.Ok, client.Delete("/parent").Error);

        Report($"children: {count} created in {filling.TotalSeconds:f2} s, listed ({list.Body.Length >> 20} MiB) in {listing.TotalMilliseconds:f0} ms, then {again.TotalMilliseconds:f0} ms,"
            + $" replayed in {recovering.TotalSeconds:f2} s, one more in {one.TotalMicroseconds:f0} us, deleted in {emptying.TotalSeconds:f2} s");
        Assert.True(listing < Generous, $"{listing}");
        Assert.True(one < TimeSpan.FromSeconds(1), $"{one}");
    }

    [Theory]
    [InlineData(OpCode.Check)]
    [InlineData(OpCode.Create)]
    [InlineData(OpCode.Delete)]
    [InlineData(OpCode.SetData)]
    public void A_multi_as_large_as_a_frame_is_done_or_undone_in_no_more_time_than_its_size_deserves(OpCode type)
    {
        TestClient client = _driver.Connect(40_000);
        client.Made("/a");

        // As many as fit into a frame of 1 MiB.
        int count = type switch { OpCode.Create => 17_000, OpCode.Delete => 24_000, OpCode.Check => 55_000, _ => 45_000 };
        var operations = Enumerable.Range(0, count).Select(i => type switch
        {
            OpCode.Create => new MultiOperation(OpCode.Create, $"/a{i}", null, Acl.Open),
            OpCode.Delete when i % 2 == 0 => new MultiOperation(OpCode.Create, "/b", null, Acl.Open),
            OpCode.Delete => new MultiOperation(OpCode.Delete, "/b"),
            _ => new MultiOperation(type, "/a", [], Version: -1),
        });
        MultiOperation[] good = [.. operations];
        MultiOperation[] bad = [.. good, new MultiOperation(OpCode.Check, "/none", Version: 3)];

        ulong digest = _driver.Replica.State.Tree.Digest;
        TimeSpan undone = Time(() => Assert.Equal(count + 1, client.MultiResults(bad).Count));
        Assert.Equal(digest, _driver.Replica.State.Tree.Digest);
        TimeSpan done = Time(() => Assert.Equal(count, client.MultiResults(good).Count));

        Report($"multi of {count} x {type}: done in {done.TotalMilliseconds:f0} ms, undone in {undone.TotalMilliseconds:f0} ms");
        Assert.True(done < Generous && undone < Generous, $"{done}, {undone}");
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void Ten_times_the_watches_of_a_session_and_all_the_watches_of_a_server()
    {
        int perSession = ProofScale.Of(quick: 10_000, middle: 100_000, full: 100_000);
        int sessions = ProofScale.Of(quick: 20, middle: 20, full: 100);
        var driver = new ReplicaDriver(_driver.Options with { Watches = new WatchLimits(perSession, perSession * sessions) });
        int refused = 0;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        string[] paths = [.. Enumerable.Range(0, perSession).Select(static i => $"/watched/{i}")];
        TestClient greedy = driver.Connect(40_000);
        for (int i = 0; i < 10 * perSession; i++)
            refused += greedy.Exists(i < perSession ? paths[i] : $"/more/{i}", watch: true).Error == ErrorCode.BadArguments ? 1 : 0;
        Assert.Equal(9 * perSession, refused);

        TestClient[] crowd = [.. Enumerable.Range(1, sessions).Select(_ => driver.Connect(40_000))];
        int[] answers = Array.ConvertAll(crowd, client => (int)client.Error(OpCode.SetWatches2, new SetWatches2(long.MaxValue, [], paths, [], [], [])));
        Assert.Equal(sessions - 1, answers.Count(static error => error == 0));
        Assert.Equal((int)ErrorCode.BadArguments, answers[^1]);
        Assert.Equal(perSession * sessions, driver.Replica.Statistics.WatchCount);
        long live = GC.GetTotalMemory(forceFullCollection: true) - before;

        Report($"watches: {perSession} of a session, {refused} refused; {perSession * sessions} of the server, {(double)live / (perSession * sessions):f0} B live each");
        Assert.InRange(live, 0, (120L * perSession * sessions) + (16 << 20));
        GC.KeepAlive(crowd);
    }

    private static string Child(int i) => $"/parent/child-{i:D10}";

    private static TimeSpan Time(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started);
    }

    private static void InMultis(TestClient client, int count, Func<int, MultiOperation> operation)
    {
        const int AtOnce = 1000;
        for (int first = 0; first < count; first += AtOnce)
        {
            MultiOperation[] operations = [.. Enumerable.Range(first, Math.Min(AtOnce, count - first)).Select(operation)];
            Assert.DoesNotContain(client.MultiResults(operations), static result => result.Error != ErrorCode.Ok);
        }
    }

    private static void Report(string line) => TestContext.Current.SendDiagnosticMessage("{0}", line);

    /// <summary>A connection with a session and a persistent watch, and nothing else that would take time.</summary>
    private ClientLink Watching(string path, long id)
    {
        var link = new ClientLink(id, new IPEndPoint(IPAddress.Loopback, 1));
        _driver.Turn(() => _driver.Replica.Accept(link));
        Receive(link, new ConnectRequest(0, 0, 40_000, 0, new byte[16], false));
        Receive(link, new RequestHeader(1, OpCode.AddWatch), new AddWatchRequest(path, AddWatchMode.Persistent));
        link.Output.Shrink(64);
        return link;
    }

    private void Receive<T>(ClientLink link, T record)
        where T : IJuteRecord<T> => Receive(link, record, default(EmptyRecord));

    private void Receive<T1, T2>(ClientLink link, T1 first, T2 second)
        where T1 : IJuteRecord<T1>
        where T2 : IJuteRecord<T2>
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        first.Write(ref writer);
        second.Write(ref writer);
        writer.Flush();
        byte[] frame = buffer.WrittenSpan.ToArray();
        _driver.Turn(() => _driver.Replica.Receive(link, frame));
    }
}
