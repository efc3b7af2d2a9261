using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Coordination.Server.Sessions;

/// <summary>
/// The password of a session, computed from its id exactly as Apache's servers do (java.util.Random), so that every server of a mixed
/// ensemble accepts it. It keeps sessions apart by accident, not against intent: it is no secret.
/// </summary>
internal static class SessionPassword
{
    /// <summary>Bytes in a password. C clients have room for no other length.</summary>
    public const int Size = 16;

    private const long Salt = 0xB3415C00L;
    private const long Multiplier = 0x5DEECE66DL;
    private const long Mask = (1L << 48) - 1;

    /// <summary>Computes the password.</summary>
    public static byte[] For(long sessionId)
    {
        var password = new byte[Size];
        Write(sessionId, password);
        return password;
    }

    /// <summary>Whether a client knows the password. Session 0 has none.</summary>
    public static bool Matches(long sessionId, ReadOnlySpan<byte> password)
    {
        Span<byte> expected = stackalloc byte[Size];
        Write(sessionId, expected);
        return sessionId != 0 && CryptographicOperations.FixedTimeEquals(expected, password);
    }

    private static void Write(long sessionId, Span<byte> target)
    {
        long seed = ((sessionId ^ Salt) ^ Multiplier) & Mask;
        for (int i = 0; i < Size; i += sizeof(uint))
        {
            seed = unchecked((seed * Multiplier) + 0xB) & Mask;
            BinaryPrimitives.WriteUInt32LittleEndian(target[i..], (uint)(seed >> 16));
        }
    }
}
