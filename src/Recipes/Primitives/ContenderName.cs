using System.Globalization;

namespace Coordination.Recipes;

/// <summary>
/// Names of contenders in Curator's layout: <c>_c_&lt;uuid&gt;-lock-0000000042</c>. The place in the queue is the number after the LAST
/// occurrence of the base (<c>lock-</c>, <c>latch-</c>), so names with any prefix of other clients (Go, subclassed kazoo) count too.
/// </summary>
internal static class ContenderName
{
    /// <summary>From here on a warning is due: ten million before the server's counter ends.</summary>
    public const int SequenceWarning = int.MaxValue - 10_000_000;

    /// <summary>Reads the number of a contender.</summary>
    /// <param name="name">A child's name.</param>
    /// <param name="baseName">The base, for example <c>lock-</c>.</param>
    /// <param name="sequence">The number; negative after the server's counter has overflowed.</param>
    /// <returns>False for a foreign child.</returns>
    public static bool TryGetSequence(string name, string baseName, out int sequence)
    {
        sequence = 0;
        int at = name.LastIndexOf(baseName, StringComparison.Ordinal);
        if (at < 0)
            return false;

        ReadOnlySpan<char> digits = name.AsSpan(at + baseName.Length);
        bool negative = digits is ['-', ..];
        return digits.Length == (negative ? 11 : 10)
            && int.TryParse(digits, negative ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    /// <summary>How far <paramref name="sequence"/> stands from <paramref name="reference"/>, by serial-number arithmetic: negative for ahead of it.</summary>
    /// <param name="sequence">A number.</param>
    /// <param name="reference">The number compared with.</param>
    /// <returns>The distance, right across the overflow of the counter.</returns>
    public static int Distance(int sequence, int reference) => unchecked(sequence - reference);
}
