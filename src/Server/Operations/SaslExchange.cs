using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Coordination.Server.Operations;

/// <summary>What the server says to a token.</summary>
/// <param name="Accepted">False: the client has failed, and its connection ends.</param>
/// <param name="Reply">The next token.</param>
/// <param name="User">Who the client has proved to be; null: it has not yet.</param>
internal readonly record struct SaslStep(bool Accepted, byte[]? Reply = null, string? User = null);

/// <summary>
/// The server's side of one exchange of DIGEST-MD5 (RFC 2831) with the quality <c>auth</c>: an empty token, the challenge, the client's
/// response, the server's proof. Nothing comes after it, and nothing after a failure.
/// </summary>
/// <param name="users">The server's users.</param>
/// <param name="nonce">Told to nobody else.</param>
[SuppressMessage("Security", "CA5351:Do not use broken cryptographic algorithms", Justification = "RFC 2831 leaves no choice.")]
internal sealed class SaslExchange(SaslUsers users, string nonce)
{
    /// <summary>Fixed by ZooKeeper, for all servers.</summary>
    private const string Realm = "zk-sasl-md5";
    private const string Service = "zookeeper/zk-sasl-md5";
    private const string Quality = "auth";
    private const string FirstUse = "00000001";

    /// <summary>A response is shorter, by RFC 2831.</summary>
    private const int MaxToken = 4096;

    private Stage _stage;

    private enum Stage
    {
        Start,
        Challenged,
        Over,
    }

    /// <summary>Takes the client's next token.</summary>
    public SaslStep Take(ReadOnlySpan<byte> token)
    {
        Stage stage = _stage;
        _stage = Stage.Over;
        switch (stage)
        {
            case Stage.Start when token.IsEmpty:
                _stage = Stage.Challenged;
                string challenge = $"realm=\"{Realm}\",nonce=\"{nonce}\",charset=utf-8,algorithm=md5-sess";
                return new SaslStep(true, Encoding.ASCII.GetBytes(challenge));
            case Stage.Challenged when token.Length < MaxToken:
                return DigestDirectives.Parse(token) is { } directives ? Judge(directives) : default;
            default:
                return default;
        }
    }

    private SaslStep Judge(Dictionary<string, string> response)
    {
        bool isUtf8 = response.TryGetValue("charset", out string? charset);
        if ((isUtf8 && charset != "utf-8") || !IsOfThisExchange(response))
            return default;
        if (!response.TryGetValue("username", out string? sentUser)
            || !response.TryGetValue("cnonce", out string? clientNonce)
            || !response.TryGetValue("response", out string? proof)
            || clientNonce.Length == 0
            || UserOf(sentUser, isUtf8) is not { } user)
        {
            return default;
        }

        // An unknown user costs the same time as a wrong password.
        string? password = users.PasswordOf(user);
        byte[] secret = SessionSecret(user, password ?? nonce, clientNonce, response.GetValueOrDefault("authzid"));
        string uri = response["digest-uri"];
        string expected = Proof(secret, clientNonce, "AUTHENTICATE:" + uri);
        bool matches = CryptographicOperations.FixedTimeEquals(Encoding.Latin1.GetBytes(expected), Encoding.Latin1.GetBytes(proof));
        return matches && password is not null
            ? new SaslStep(true, Encoding.ASCII.GetBytes("rspauth=" + Proof(secret, clientNonce, ":" + uri)), user)
            : default;
    }

    private bool IsOfThisExchange(Dictionary<string, string> response) =>
        response.TryGetValue("realm", out string? realm) && realm == Realm
        && response.TryGetValue("nonce", out string? sent) && sent == nonce
        && response.TryGetValue("nc", out string? count) && count == FirstUse
        && response.GetValueOrDefault("qop", Quality) == Quality
        && response.TryGetValue("digest-uri", out string? uri) && uri.Equals(Service, StringComparison.OrdinalIgnoreCase);

    private static string? UserOf(string sent, bool isUtf8)
    {
        if (!isUtf8)
            return sent;

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Encoding.Latin1.GetBytes(sent));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private byte[] SessionSecret(string user, string password, string clientNonce, string? authorizeAs)
    {
        byte[] login = MD5.HashData([.. Bytes(user), (byte)':', .. Bytes(Realm), (byte)':', .. Bytes(password)]);
        string rest = $":{nonce}:{clientNonce}" + (authorizeAs is null ? "" : ":" + authorizeAs);
        return MD5.HashData([.. login, .. Encoding.Latin1.GetBytes(rest)]);
    }

    private string Proof(byte[] secret, string clientNonce, string action)
    {
        string text = $"{Convert.ToHexStringLower(secret)}:{nonce}:{FirstUse}:{clientNonce}:{Quality}:{Hash(action)}";
        return Hash(text);
    }

    private static string Hash(string latin) => Convert.ToHexStringLower(MD5.HashData(Encoding.Latin1.GetBytes(latin)));

    /// <summary>As RFC 2831 wants it: in ISO 8859-1 if every character is in it.</summary>
    private static byte[] Bytes(string text) => (text.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff') ? Encoding.UTF8 : Encoding.Latin1).GetBytes(text);
}
