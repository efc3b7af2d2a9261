using System.Buffers;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Election connections of an Apache ensemble.</summary>
public sealed class ElectionGoldenTests
{
    public static TheoryData<string> Recordings => Recording.Elections;

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_message_is_written_again_with_the_same_bytes(string name)
    {
        foreach (RecordedItem item in Recording.Read(name))
        {
            byte[] again = item.What == "Greeting" ? Rewritten(Greeting(item)) : Rewritten(Notification(item));
            Assert.Equal($"{item} {Convert.ToHexStringLower(item.Bytes)}", $"{item} {Convert.ToHexStringLower(again)}");
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_greeting_says_who_opens_and_where_it_listens(string name)
    {
        foreach (RecordedItem item in Recording.Read(name).Where(item => item.What == "Greeting"))
        {
            ElectionGreeting greeting = Greeting(item);
            Assert.Equal((ElectionGreeting.OneAddress, item.Opener), (greeting.ProtocolVersion, greeting.ServerId));
            Assert.Equal($"127.0.1.{item.Opener}", Assert.Single(greeting.Addresses).Host);
            Assert.False(greeting.Addresses[0].IsWildcard);
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_notification_carries_a_vote_and_a_configuration(string name)
    {
        foreach (RecordedItem item in Recording.Read(name).Where(item => item.What != "Greeting"))
        {
            ElectionNotification notification = Notification(item);
            Assert.Equal(item.What, notification.State.ToString());
            Assert.Equal(ElectionNotification.CurrentVersion, notification.Version);
            Assert.Equal(notification.Configuration, QuorumConfiguration.Parse(notification.Configuration!).ToString());
            if (notification.Leader == ElectionNotification.NoVote)
                continue;

            Assert.InRange(notification.Leader, 1, 4);
            Assert.InRange(notification.Round, -1, 10);
            Assert.InRange(notification.PeerEpoch, -1, 10);
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_connection_falls_into_its_messages_however_it_arrives(string name)
    {
        foreach (IReadOnlyList<RecordedItem> stream in Recording.Streams(name))
        {
            foreach (int piece in new[] { 1, 5, 1000 })
                Assert.Equal(stream.Select(item => item.What), Split(stream, piece));
        }
    }

    [Fact]
    public void The_recordings_hold_every_state_that_is_ever_told_and_the_votes_of_an_observer()
    {
        RecordedItem[] items = [.. Recordings.SelectMany(row => Recording.Read(row.Data))];
        Assert.Equal(["Following", "Greeting", "Leading", "Looking"], items.Select(item => item.What).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(
            items.Where(item => item.What == "Looking").Select(Notification),
            vote => (vote.Leader, vote.Zxid.Value, vote.PeerEpoch)
                == (ElectionNotification.NoVote, ElectionNotification.NoVote, ElectionNotification.NoVote));
    }

    private static ElectionGreeting Greeting(RecordedItem item)
    {
        Assert.True(ElectionGreeting.TryRead(item.Bytes, out ElectionGreeting greeting, out int length));
        Assert.Equal(item.Bytes.Length, length);
        return greeting;
    }

    private static ElectionNotification Notification(RecordedItem item)
    {
        Assert.True(ElectionStream.TryRead(item.Bytes, out ReadOnlySpan<byte> message, out int length));
        Assert.Equal(item.Bytes.Length, length);
        return ElectionNotification.Read(message);
    }

    private static byte[] Rewritten(ElectionGreeting greeting)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        greeting.Write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Rewritten(ElectionNotification notification)
    {
        using var output = new FrameBuffer();
        int mark = output.BeginFrame();
        var writer = new JuteWriter(output);
        notification.Write(ref writer);
        writer.Flush();
        output.EndFrame(mark);
        return output.WrittenSpan.ToArray();
    }

    private static List<string> Split(IReadOnlyList<RecordedItem> stream, int piece)
    {
        byte[] bytes = [.. stream.SelectMany(item => item.Bytes)];
        var found = new List<string>();
        int start = 0;
        for (int end = Math.Min(piece, bytes.Length); ; end = Math.Min(end + piece, bytes.Length))
        {
            if (found.Count == 0 && stream[0].What == "Greeting" && ElectionGreeting.TryRead(bytes.AsSpan(start, end - start), out _, out int length))
            {
                found.Add("Greeting");
                start += length;
            }

            if (found.Count > 0 || stream[0].What != "Greeting")
                start += TakeMessages(new ReadOnlySequence<byte>(bytes, start, end - start), found);
            if (end == bytes.Length)
                break;
        }

        Assert.Equal(bytes.Length, start);
        return found;
    }

    private static int TakeMessages(ReadOnlySequence<byte> arrived, List<string> found)
    {
        long before = arrived.Length;
        while (ElectionStream.TryRead(ref arrived, out ReadOnlySequence<byte> message))
            found.Add(ElectionNotification.Read(message.ToArray()).State.ToString());
        return (int)(before - arrived.Length);
    }
}
