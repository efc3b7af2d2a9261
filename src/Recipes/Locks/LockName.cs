using System.Globalization;
using System.Text;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>Turns the name of a lock into a path below a base, one to one.</summary>
internal static class LockName
{
    /// <summary>Composes the path.</summary>
    /// <param name="basePath">The base.</param>
    /// <param name="name">Levels separated by <c>/</c>.</param>
    /// <returns>A path that is always below <paramref name="basePath"/>.</returns>
    public static ZnodePath ToPath(ZnodePath basePath, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ZnodePath path = basePath;
        foreach (string level in name.Split('/'))
            path /= Encode(level);
        return path;
    }

    /// <summary>
    /// Encodes what no znode name may be. The percent sign is encoded as well, so that no two names share a path; an empty level becomes
    /// a lone percent sign, which no other level can.
    /// </summary>
    private static string Encode(string level)
    {
        if (level.Length == 0)
            return "%";
        if (level is "." or "..")
            return level.Replace(".", "%2E", StringComparison.Ordinal);
        if (!level.Contains('%', StringComparison.Ordinal) && ZnodePath.Violation("/" + level) is null)
            return level;

        var text = new StringBuilder(level.Length + 8);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in level.EnumerateRunes())
        {
            if (rune.Value != '%' && rune.IsBmp && ZnodePath.Violation("/x" + (char)rune.Value) is null)
            {
                text.Append((char)rune.Value);
                continue;
            }

            foreach (byte b in bytes[..rune.EncodeToUtf8(bytes)])
                text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
