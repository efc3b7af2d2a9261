using System.Security.Cryptography;
using System.Text;

namespace Coordination.Protocol;

/// <summary>The identity of the <c>digest</c> scheme: <c>user:base64(sha1(user:password))</c>, as Apache's DigestAuthenticationProvider makes it.</summary>
public static class DigestIdentity
{
    /// <summary>Makes the id that an access rule or an authenticated connection carries.</summary>
    /// <param name="credentials">The auth data <c>user:password</c>, UTF-8. Without a colon all of it is the user.</param>
    /// <returns>For <c>u:p</c>: <c>u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=</c>.</returns>
    public static string Create(ReadOnlySpan<byte> credentials) => Create(credentials, HashAlgorithmName.SHA1);

    /// <summary>Makes the id as a server does whose <c>DigestAuthenticationProvider.digestAlg</c> is not the usual SHA1.</summary>
    /// <param name="credentials">The auth data <c>user:password</c>, UTF-8. Without a colon all of it is the user.</param>
    /// <param name="algorithm">The hash.</param>
    /// <returns>The user, a colon, and the hash of the credentials in base64.</returns>
    public static string Create(ReadOnlySpan<byte> credentials, HashAlgorithmName algorithm)
    {
        // Apache turns the bytes into a string first and hashes that string's bytes, so invalid UTF-8 is hashed as U+FFFD.
        string text = JuteReader.TextOf(credentials);
        byte[] hash = CryptographicOperations.HashData(algorithm, Encoding.UTF8.GetBytes(text));
        int colon = text.IndexOf(':');
        ReadOnlySpan<char> user = colon < 0 ? text : text.AsSpan(0, colon);
        return $"{user}:{Convert.ToBase64String(hash)}";
    }

    /// <summary>Makes the id of a user and a password.</summary>
    /// <param name="user">The user's name, without a colon.</param>
    /// <param name="password">The password.</param>
    /// <returns>The id.</returns>
    public static string Create(string user, string password) => Create(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
