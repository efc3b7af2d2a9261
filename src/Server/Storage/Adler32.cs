using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Coordination.Server.Storage;

/// <summary>
/// The checksum of RFC 1950, which Apache's log and snapshot files use. A running value: feed pieces in order, read <see cref="Value"/>
/// at any time.
/// </summary>
internal struct Adler32()
{
    private const uint Modulus = 65521;

    // The largest run after which neither sum can have overflowed 32 bits (RFC 1950), rounded down to whole vectors.
    private const int Run = 5552 / 16 * 16;

    private static readonly Vector128<ushort> WeightsLow = Vector128.Create((ushort)16, 15, 14, 13, 12, 11, 10, 9);
    private static readonly Vector128<ushort> WeightsHigh = Vector128.Create((ushort)8, 7, 6, 5, 4, 3, 2, 1);

    private uint _sum = 1;
    private uint _sumOfSums;

    /// <summary>The checksum of everything appended so far.</summary>
    public readonly uint Value => (_sumOfSums << 16) | _sum;

    /// <summary>The checksum of one piece.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        Adler32 adler = new();
        adler.Append(bytes);
        return adler.Value;
    }

    /// <summary>Takes the next piece into account.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 16)
        {
            int length = Math.Min(bytes.Length, Run) & ~15;
            AppendVectors(MemoryMarshal.Cast<byte, Vector128<byte>>(bytes[..length]));
            bytes = bytes[length..];
        }

        uint sum = _sum;
        uint sumOfSums = _sumOfSums;
        foreach (byte value in bytes)
        {
            sum += value;
            sumOfSums += sum;
        }

        _sum = sum % Modulus;
        _sumOfSums = sumOfSums % Modulus;
    }

    private void AppendVectors(ReadOnlySpan<Vector128<byte>> blocks)
    {
        // Per block of 16: sumOfSums grows by 16 times the sum before it, plus each byte times its distance from the block's end.
        Vector128<uint> sums = Vector128<uint>.Zero;
        Vector128<uint> sumsBefore = Vector128<uint>.Zero;
        Vector128<uint> weighted = Vector128<uint>.Zero;
        foreach (Vector128<byte> block in blocks)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(block);
            sumsBefore += sums;
            sums += Fold(low + high);
            weighted += Fold((low * WeightsLow) + (high * WeightsHigh));
        }

        ulong length = (ulong)blocks.Length * 16;
        ulong total = _sumOfSums + (_sum * length) + (16 * Total(sumsBefore)) + Total(weighted);
        _sumOfSums = (uint)(total % Modulus);
        _sum = (uint)((_sum + Total(sums)) % Modulus);
    }

    private static Vector128<uint> Fold(Vector128<ushort> values)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(values);
        return low + high;
    }

    private static ulong Total(Vector128<uint> lanes) => (ulong)lanes[0] + lanes[1] + lanes[2] + lanes[3];
}
