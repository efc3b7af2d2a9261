using System.Diagnostics;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Traffic;

/// <summary>The words that list every session, asked of a server with many.</summary>
public sealed class DumpTests
{
    private const int Sessions = 10_000;
    private const int Slice = 32 << 10;

    [Theory]
    [InlineData("dump", 2 * Sessions)]
    [InlineData("cons", Sessions)]
    public void Ten_thousand_sessions_are_told_in_slices_between_which_others_are_served(string word, int least)
    {
        using TrafficDriver server = new(new TrafficLimits());
        ScriptedConnection[] clients = [.. Enumerable.Range(0, Sessions).Select(_ => server.Connect())];
        ScriptedConnection asker = server.Dial();
        asker.Received = new MemoryStream();
        using FrameBuffer ping = new();
        RawClient.WriteFrame(ping, WellKnownXid.Ping, OpCode.Ping, default(EmptyRecord));

        // What connections without a session may live is what an answer may take; it must be done far within it.
        long start = Stopwatch.GetTimestamp();
        asker.Arrive(Encoding.ASCII.GetBytes(word));
        int turns = 0;
        for (long before = 0; server.HasWaiting; before = asker.SentBytes)
        {
            ScriptedConnection other = clients[turns++];
            long answered = other.SentBytes;
            other.Arrive(ping.WrittenSpan);
            server.Turn();
            Assert.True(other.SentBytes > answered, "a turn with a slice serves others as well");
            Assert.InRange(asker.SentBytes - before, 0, Slice + 1024);
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < new TrafficLimits().SessionlessTimeout);
        Assert.True(asker.IsClosed);
        string answer = Encoding.UTF8.GetString(asker.Received.ToArray());
        Assert.InRange(turns, answer.Length / Slice, (answer.Length / Slice) + 2);
        Assert.True(answer.Count(static c => c == '\n') >= least);
        foreach (ScriptedConnection client in clients)
            Assert.Contains($":{client.RemoteAddress.Port}", answer, StringComparison.Ordinal);
    }
}
