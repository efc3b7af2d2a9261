namespace Coordination.Server.Slabs;

/// <summary>
/// Hashes for a <see cref="SlabIndex{T}"/>. Text is hashed with a key that is drawn anew in every process, so that nobody can choose names
/// that collide; therefore no hash, and no order that follows from one, may leave the process.
/// </summary>
internal static class SlabHash
{
    /// <summary>The hash of a text.</summary>
    public static uint Of(ReadOnlySpan<char> text) => (uint)string.GetHashCode(text, StringComparison.Ordinal);

    /// <summary>The hash of a text below something that has a number.</summary>
    public static uint Of(int number, ReadOnlySpan<char> text) => Mix(Of(text) ^ ((uint)number * 0x9E3779B1));

    /// <summary>The hash of a pair of numbers.</summary>
    public static uint Of(int left, int right) => Mix(((uint)left * 0x9E3779B1) ^ ((uint)right * 0x85EBCA77));

    /// <summary>Spreads what differs in any bits over all bits; different numbers stay different.</summary>
    private static uint Mix(uint value)
    {
        value ^= value >> 16;
        value *= 0x85EBCA6B;
        value ^= value >> 13;
        value *= 0xC2B2AE35;
        return value ^ (value >> 16);
    }
}
