using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Coordination.Server.Sessions;

/// <summary>
/// The passwords of all sessions of a server. With a secret they are a keyed hash of the session's id, which nobody else can compute;
/// without one they are Apache's, which anybody can, but which let sessions move between its servers and this one.
/// </summary>
internal sealed class SessionPasswords
{
    /// <summary>Passwords as Apache's servers compute them.</summary>
    public static readonly SessionPasswords AsApache = new();

    /// <summary>Keeps these hashes apart from any other that the same secret may serve for.</summary>
    private static readonly byte[] Purpose = "session password\0"u8.ToArray();

    private readonly byte[]? _secret;

    /// <summary>Keyed passwords.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="keyedFrom">
    /// The first session opened under the secret. An older one may come back with Apache's password too: its client was given that one.
    /// </param>
    public SessionPasswords(byte[] secret, long keyedFrom)
    {
        _secret = secret;
        KeyedFrom = keyedFrom;
    }

    private SessionPasswords()
    {
    }

    /// <summary>The first session opened under the secret; every later one must have a higher id. 0 without a secret.</summary>
    public long KeyedFrom { get; }

    /// <summary>Whether nobody else can compute the password of a session that was opened since.</summary>
    public bool AreKeyed => _secret is not null;

    /// <summary>The password of a session.</summary>
    public byte[] For(long sessionId)
    {
        if (_secret is null)
            return SessionPassword.For(sessionId);

        var password = new byte[SessionPassword.Size];
        WriteKeyed(sessionId, password);
        return password;
    }

    /// <summary>Whether a client knows the password, found out in constant time. Session 0 has none.</summary>
    public bool Matches(long sessionId, ReadOnlySpan<byte> password)
    {
        if (_secret is null)
            return SessionPassword.Matches(sessionId, password);

        Span<byte> expected = stackalloc byte[SessionPassword.Size];
        WriteKeyed(sessionId, expected);
        if (sessionId != 0 && CryptographicOperations.FixedTimeEquals(expected, password))
            return true;

        return IsOlder(sessionId) && SessionPassword.Matches(sessionId, password);
    }

    /// <summary>Ids of one server grow; one with another server's number was here before this server had the secret.</summary>
    private bool IsOlder(long sessionId) => sessionId >> 56 != KeyedFrom >> 56 || sessionId < KeyedFrom;

    private void WriteKeyed(long sessionId, Span<byte> target)
    {
        Span<byte> message = stackalloc byte[Purpose.Length + sizeof(long)];
        Purpose.CopyTo(message);
        BinaryPrimitives.WriteInt64BigEndian(message[Purpose.Length..], sessionId);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, message, hash);
        hash[..target.Length].CopyTo(target);
    }
}
