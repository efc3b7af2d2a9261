using System.Text;
using Coordination.Server.Slabs;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

public sealed class ContentBlocksTests
{
    // What is held beside twice the live bytes: the open block, and one that is not yet full.
    private const int Slack = 3 * (64 << 10);

    private readonly Slab<ZnodeRecord> _znodes = new();
    private readonly ContentBlocks _blocks;
    private readonly Dictionary<int, (string Name, byte[]? Data)> _model = [];

    public ContentBlocksTests() => _blocks = new ContentBlocks(_znodes);

    [Theory]
    [InlineData(1, 200)]
    [InlineData(2, 5_000)]
    [InlineData(3, 30_000)]
    [InlineData(4, 100_000)]
    public void Names_and_data_are_what_was_put_there_last(int seed, int largest)
    {
        var random = new Random(seed);
        var slots = new List<int>();
        int rounds = largest > 10_000 ? 4_000 : 40_000;
        for (int round = 0; round < rounds; round++)
        {
            // Growing, changing, shrinking.
            int add = (round * 3 / rounds) switch { 0 => 70, 1 => 20, _ => 5 };
            int kind = random.Next(100);
            if (kind < add || slots.Count < 2)
                slots.Add(Add($"n{round}", Value(random, largest)));
            else if (kind < add + ((100 - add) / 2))
                Replace(slots[random.Next(slots.Count)], Value(random, largest));
            else
                Remove(slots, random.Next(slots.Count));
            Assert.True(_blocks.HeldBytes <= (2 * _blocks.LiveBytes) + Slack, $"{_blocks.HeldBytes} for {_blocks.LiveBytes} in round {round}");
            if (round % 1_000 == 0)
                CompareAll();
        }

        CompareAll();
        while (slots.Count > 0)
            Remove(slots, slots.Count - 1);
        Assert.Equal(0, _blocks.LiveBytes);
        Assert.True(_blocks.HeldBytes <= Slack);
    }

    [Fact]
    public void Data_that_somebody_holds_on_to_does_not_change()
    {
        int kept = Add("kept", [1, 2, 3]);
        ZnodeData before = _blocks.DataOf(_znodes[kept].Content);
        for (int i = 0; i < 100_000; i++)
            Replace(kept, [(byte)i, (byte)(i >> 8), 0, 0]);
        Assert.Equal([1, 2, 3], before.Span.ToArray());
    }

    [Fact]
    public void No_data_and_empty_data_are_different_things()
    {
        int slot = Add("ä", null);
        Assert.True(_blocks.DataOf(_znodes[slot].Content).IsNull);
        Replace(slot, []);
        Assert.False(_blocks.DataOf(_znodes[slot].Content).IsNull);
        Replace(slot, null);
        Assert.True(_blocks.DataOf(_znodes[slot].Content).IsNull);
        Assert.Equal("ä", Encoding.UTF8.GetString(_blocks.NameOf(_znodes[slot].Content)));
    }

    [Fact]
    public void One_small_znode_among_many_that_went_holds_on_to_no_memory()
    {
        var slots = new List<int>();
        for (int i = 0; i < 100_000; i++)
            slots.Add(Add($"{i}", new byte[100]));
        for (int i = slots.Count - 1; i >= 0; i--)
        {
            if (i % 1_000 != 0)
                Remove(slots, i);
        }

        Assert.Equal(100, slots.Count);
        Assert.True(_blocks.HeldBytes <= (2 * _blocks.LiveBytes) + Slack, $"{_blocks.HeldBytes}");
        CompareAll();
    }

    private static byte[]? Value(Random random, int largest)
    {
        if (random.Next(20) == 0)
            return null;

        // Most values are small, whatever the largest is.
        var data = new byte[random.Next(4) == 0 ? random.Next(largest) : random.Next(200)];
        random.NextBytes(data);
        return data;
    }

    private int Add(string name, byte[]? data)
    {
        int slot = _znodes.Add();
        _blocks.Add(slot, name, data, data is not null);
        _model.Add(slot, (name, data));
        return slot;
    }

    private void Replace(int slot, byte[]? data)
    {
        _blocks.Replace(slot, data, data is not null);
        _model[slot] = (_model[slot].Name, data);
    }

    private void Remove(List<int> slots, int index)
    {
        int slot = slots[index];
        slots[index] = slots[^1];
        slots.RemoveAt(slots.Count - 1);
        ZnodeContent content = _znodes[slot].Content;
        _znodes.Remove(slot);
        _blocks.Release(content);
        _model.Remove(slot);
    }

    private void CompareAll()
    {
        long live = 0;
        foreach ((int slot, (string name, byte[]? data)) in _model)
        {
            ZnodeContent content = _znodes[slot].Content;
            Assert.Equal(name, Encoding.UTF8.GetString(_blocks.NameOf(content)));
            Assert.Equal(data is null, _blocks.DataOf(content).IsNull);
            Assert.True(_blocks.DataOf(content).Span.SequenceEqual(data));
            live += content.Size + 8;
        }

        Assert.Equal(live, _blocks.LiveBytes);
    }
}
