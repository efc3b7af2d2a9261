namespace Coordination.Protocol;

/// <summary>
/// Identifies a transaction: the epoch of the leader that proposed it in the upper 32 bits, a counter in the lower 32.
/// Ordered as a signed 64-bit number, exactly as Apache ZooKeeper compares it.
/// </summary>
/// <param name="Value">The number as it stands on the wire and on disk.</param>
public readonly record struct Zxid(long Value) : IComparable<Zxid>
{
    /// <summary>The zxid of an empty history.</summary>
    public static readonly Zxid Zero;

    /// <summary>The leader's epoch; 0 on a standalone server until its counter overflows.</summary>
    public int Epoch => (int)(Value >> 32);

    /// <summary>The position inside the epoch, an unsigned 32-bit number.</summary>
    public uint Counter => (uint)Value;

    /// <summary>The following zxid. A full counter carries into the epoch, as on an Apache standalone server.</summary>
    public Zxid Next => new(Value + 1);

    /// <summary>Composes a zxid of its two halves.</summary>
    /// <param name="epoch">The leader's epoch.</param>
    /// <param name="counter">The position inside the epoch.</param>
    /// <returns>The composed zxid.</returns>
    public static Zxid Create(int epoch, uint counter) => new(((long)epoch << 32) | counter);

    /// <inheritdoc/>
    public int CompareTo(Zxid other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> precedes <paramref name="right"/>.</summary>
    public static bool operator <(Zxid left, Zxid right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> follows <paramref name="right"/>.</summary>
    public static bool operator >(Zxid left, Zxid right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> precedes or equals <paramref name="right"/>.</summary>
    public static bool operator <=(Zxid left, Zxid right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> follows or equals <paramref name="right"/>.</summary>
    public static bool operator >=(Zxid left, Zxid right) => left.Value >= right.Value;

    /// <summary>Lower-case hexadecimal with the prefix <c>0x</c> and no padding, as Apache prints it.</summary>
    /// <returns>The text, for example <c>0x100000003</c>.</returns>
    public override string ToString() => $"0x{Value:x}";
}
