using Coordination.Server.Slabs;

namespace Coordination.Server.Tests.Slabs;

public sealed class SlabIndexTests
{
    private readonly Slab<Entry> _slab = new();
    private readonly SlabIndex<Entry> _index;

    public SlabIndexTests() => _index = new SlabIndex<Entry>(_slab);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_finds_what_a_dictionary_finds(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<int, int>();
        for (int round = 0; round < 60_000; round++)
        {
            // Growing, then shrinking to nothing, then growing again.
            int key = random.Next(20_000);
            bool adds = random.Next(100) < (round / 20_000) switch { 0 => 90, 1 => 5, _ => 70 };
            if (model.Remove(key, out int slot))
            {
                if (adds)
                {
                    model.Add(key, slot);
                    continue;
                }

                _index.Remove(slot);
                _slab.Remove(slot);
            }
            else if (adds)
            {
                model.Add(key, Add(key));
            }
        }

        Assert.Equal(model.Count, _slab.Count);
        for (int key = 0; key < 20_000; key++)
            Assert.Equal(model.GetValueOrDefault(key), Find(key));
    }

    [Fact]
    public void Emptied_it_starts_anew()
    {
        for (int round = 0; round < 3; round++)
        {
            int[] slots = [.. Enumerable.Range(0, 10_000).Select(Add)];
            Assert.Equal(Enumerable.Range(1, 10_000), slots);
            foreach (int slot in slots)
            {
                _index.Remove(slot);
                _slab.Remove(slot);
            }

            Assert.Equal(0, Find(5));
        }
    }

    [Theory]
    [InlineData(1025)]
    [InlineData(4096)]
    [InlineData(6000)]
    [InlineData(8191)]
    [InlineData(8193)]
    public void Room_made_beforehand_changes_nothing_but_the_time(int reserved)
    {
        _index.Reserve(reserved);
        for (int key = 0; key < 20_000; key++)
            Assert.Equal(key + 1, Add(key));
        for (int key = 0; key < 20_000; key++)
            Assert.Equal(key + 1, Find(key));
        Assert.InRange(LengthOfBucket(77), 1, 16);
    }

    [Fact]
    public void A_slot_is_all_zero_when_it_is_taken_again()
    {
        int first = Add(7);
        Add(8);
        _index.Remove(first);
        _slab.Remove(first);
        Assert.Equal(first, _slab.Add());
        Assert.Equal(default, _slab[first]);
    }

    [Fact]
    public void Buckets_stay_short_while_it_grows()
    {
        int longest = 0;
        for (int key = 0; key < 100_000; key++)
        {
            Add(key);
            if (key % 997 == 0)
                longest = Math.Max(longest, LengthOfBucket(key));
        }

        Assert.InRange(longest, 1, 16);
    }

    private int Add(int key)
    {
        int slot = _slab.Add();
        _slab[slot].Key = key;
        _index.Add(slot);
        return slot;
    }

    private int Find(int key)
    {
        int slot = _index.First(SlabHash.Of(key, 0));
        while (slot != 0 && _slab[slot].Key != key)
            slot = _slab[slot].NextInBucket;
        return slot;
    }

    private int LengthOfBucket(int key)
    {
        int length = 0;
        for (int slot = _index.First(SlabHash.Of(key, 0)); slot != 0; slot = _slab[slot].NextInBucket)
            length++;
        return length;
    }

    private struct Entry : IHashedEntry, IEquatable<Entry>
    {
        public int Key;

        public readonly uint Hash => SlabHash.Of(Key, 0);

        public int NextInBucket { readonly get; set; }

        public int NextFree
        {
            readonly get => NextInBucket;
            set => NextInBucket = value;
        }

        public readonly bool Equals(Entry other) => Key == other.Key && NextInBucket == other.NextInBucket;

        public override readonly bool Equals(object? obj) => obj is Entry other && Equals(other);

        public override readonly int GetHashCode() => Key;
    }
}
