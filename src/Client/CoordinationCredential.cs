using System.Text;

namespace Coordination.Client;

/// <summary>Credentials that a client presents on every connection.</summary>
public sealed class CoordinationCredential
{
    /// <summary>The scheme, for example <c>digest</c>.</summary>
    public string Scheme { get; set; } = "digest";

    /// <summary>The data in the scheme's own form, for example <c>user:password</c>. Never logged.</summary>
    public string Data { get; set; } = "";

    /// <summary>Makes credentials of the digest scheme.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="password">The password.</param>
    /// <returns>The credentials.</returns>
    public static CoordinationCredential Digest(string user, string password) => new() { Data = $"{user}:{password}" };

    /// <summary>The data as it goes over the wire.</summary>
    /// <returns>UTF-8 bytes.</returns>
    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(Data);
}
