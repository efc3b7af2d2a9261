using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Coordination.Server.Operations;

/// <summary>Who may prove by a password, without showing it, that they are the user they say: SASL with DIGEST-MD5.</summary>
internal sealed class SaslUsers
{
    private readonly Dictionary<string, string> _passwords;
    private readonly byte[] _seed;

    /// <summary>The users of a server.</summary>
    /// <param name="passwords">By user.</param>
    /// <param name="seed">Random bytes that nobody else knows, other at every start.</param>
    public SaslUsers(IEnumerable<KeyValuePair<string, string>> passwords, byte[] seed)
    {
        _passwords = new Dictionary<string, string>(passwords, StringComparer.Ordinal);
        _seed = seed;
    }

    /// <summary>Begins the one exchange of a connection. Its nonce is never that of another: what was overheard is of no use.</summary>
    public SaslExchange Begin(long connection)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, connection);
        return new SaslExchange(this, Convert.ToBase64String(HMACSHA256.HashData(_seed, number)));
    }

    /// <summary>The password of a user, or null. The caller must do the same work for null.</summary>
    public string? PasswordOf(string user) => _passwords.GetValueOrDefault(user);
}
