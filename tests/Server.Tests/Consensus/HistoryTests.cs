using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus;

/// <summary>The end of the log in memory.</summary>
public sealed class HistoryTests
{
    private static Zxid Z(int epoch, uint counter) => Zxid.Create(epoch, counter);

    private static byte[] Bytes(int length, byte fill = 7)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(fill);
        return bytes;
    }

    [Fact]
    public void A_gap_inside_an_epoch_is_refused()
    {
        var history = new History(Z(1, 5), 1000);
        Assert.Throws<InvariantException>(() => history.Append(Z(1, 7), Bytes(40)));
        Assert.Throws<InvariantException>(() => history.Append(Z(1, 5), Bytes(40)));
        history.Append(Z(1, 6), Bytes(40));
        history.Append(Z(3, 1), Bytes(40));
        Assert.Throws<InvariantException>(() => history.Append(Z(2, 1), Bytes(40)));
        Assert.Throws<InvariantException>(() => history.Append(Z(4, 2), Bytes(40)));
        Assert.Equal(Z(3, 1), history.Last);
    }

    [Fact]
    public void Entries_are_delivered_once_in_order_when_they_are_committed_and_on_this_disk()
    {
        var history = new History(Z(1, 0), 1000);
        for (uint i = 1; i <= 3; i++)
            history.Append(Z(1, i), Bytes(40, (byte)i));
        Assert.False(history.TryDeliver(out _, out _));
        history.Commit(Z(1, 2));
        Assert.False(history.TryDeliver(out _, out _));
        history.Persist(Z(1, 1));
        Assert.True(history.TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> entry));
        Assert.Equal((Z(1, 1), 1), (zxid, entry[0]));
        Assert.False(history.TryDeliver(out _, out _));
        history.Persist(Z(1, 3));
        Assert.True(history.TryDeliver(out zxid, out entry));
        Assert.Equal((Z(1, 2), 2), (zxid, entry[0]));
        Assert.False(history.TryDeliver(out _, out _));
    }

    [Fact]
    public void Marks_never_exceed_the_history_and_what_is_committed_never_shrinks()
    {
        var history = new History(Z(1, 4), 1000);
        history.Append(Z(1, 5), Bytes(40));
        Assert.Throws<InvariantException>(() => history.Persist(Z(1, 6)));
        Assert.Throws<InvariantException>(() => history.Commit(Z(1, 6)));
        Assert.Throws<InvariantException>(() => history.Commit(Z(1, 3)));
    }

    [Fact]
    public void Memory_is_given_back_from_the_beginning_but_never_what_is_not_delivered()
    {
        var history = new History(Z(1, 0), maxBytes: 200);
        for (uint i = 1; i <= 20; i++)
            history.Append(Z(1, i), Bytes(40));
        Assert.Equal((Z(1, 0), 800L), (history.Base, history.Bytes));

        history.Persist(history.Last);
        history.Commit(history.Last);
        while (history.TryDeliver(out _, out _))
        {
        }

        history.Append(Z(1, 21), Bytes(40));
        Assert.Equal((Z(1, 16), 200L), (history.Base, history.Bytes));
        Assert.Throws<InvariantException>(() => history.FindAfter(Z(1, 15)));
        Assert.Equal(Z(1, 17), history.ZxidAt(history.FindAfter(Z(1, 16))));
    }

    [Fact]
    public void The_floor_of_a_zxid_is_the_last_entry_at_or_before_it()
    {
        var history = new History(Z(1, 4), 1000);
        history.Append(Z(1, 5), Bytes(40));
        history.Append(Z(3, 1), Bytes(40));
        Assert.Equal(Z(1, 4), history.Floor(Z(1, 4)));
        Assert.Equal(Z(1, 5), history.Floor(Z(1, 9)));
        Assert.Equal(Z(1, 5), history.Floor(Z(3, 0)));
        Assert.Equal(Z(3, 1), history.Floor(Z(3, 8)));
        Assert.True(history.Contains(Z(1, 5)));
        Assert.False(history.Contains(Z(2, 1)));
    }

    [Fact]
    public void A_cut_takes_marks_and_entries_back_and_a_cut_below_memory_leaves_nothing()
    {
        var history = new History(Z(1, 0), 1000);
        for (uint i = 1; i <= 5; i++)
            history.Append(Z(1, i), Bytes(40, (byte)i));
        Assert.Throws<InvariantException>(() => history.Truncate(Z(1, 3)));
        history.Persist(Z(1, 5));
        history.Commit(Z(1, 4));
        history.TryDeliver(out _, out _);
        history.Truncate(Z(1, 3));
        Assert.Equal((Z(1, 3), Z(1, 3), Z(1, 3), Z(1, 1)), (history.Last, history.Persisted, history.Committed, history.Delivered));
        Assert.True(history.TryDeliver(out Zxid zxid, out _));
        Assert.Equal(Z(1, 2), zxid);
        history.Append(Z(2, 1), Bytes(40));
        Assert.Throws<InvariantException>(() => history.Truncate(Z(1, 3)));

        var other = new History(Z(1, 7), 1000);
        other.Append(Z(1, 8), Bytes(40));
        other.Persist(Z(1, 8));
        other.Truncate(Z(1, 6));
        Assert.Equal((Z(1, 6), Z(1, 6), Z(1, 6), 0L), (other.Base, other.Last, other.Delivered, other.Bytes));
    }

    [Fact]
    public void Entries_of_every_size_come_back_as_they_went_in()
    {
        var chance = new Random(5);
        var history = new History(Z(1, 0), maxBytes: 300_000);
        Dictionary<Zxid, byte[]> all = [];
        for (uint i = 1; i <= 20_000; i++)
        {
            byte[] entry = new byte[1 + chance.Next(chance.Next(50) == 0 ? 30_000 : 100)];
            chance.NextBytes(entry);
            all[Z(1, i)] = entry;
            history.Append(Z(1, i), entry);
            if (chance.Next(3) == 0)
            {
                history.Persist(Z(1, i));
                Zxid upTo = Z(1, i - (uint)chance.Next((int)Math.Min(i, 5)));
                history.Commit(upTo > history.Committed ? upTo : history.Committed);
            }

            while (chance.Next(4) > 0 && history.TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> delivered))
                Assert.True(delivered.SequenceEqual(all[zxid]));
            if (chance.Next(200) == 0)
            {
                for (long number = history.FindAfter(history.Base); number < history.End; number++)
                    Assert.True(history.At(number).SequenceEqual(all[history.ZxidAt(number)]));
            }
        }
    }
}
