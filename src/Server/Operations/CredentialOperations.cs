using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>Adds credentials to the connection. Answered on arrival, ahead of requests that still wait.</summary>
internal sealed class AuthOperation() : Operation(OpCode.Auth)
{
    /// <summary>Takes the credentials of a request.</summary>
    /// <returns>False if they are refused; the connection is closed then.</returns>
    public static bool Authenticate(ref JuteReader request, Identities identities)
    {
        AuthPacket packet = request.Read<AuthPacket>();
        return AccessControl.Authenticate(packet.Scheme, packet.Credentials, identities);
    }
}

/// <summary>
/// One step of a SASL exchange. None is configured: the answer is a null token and no error, upon which clients go on without an identity.
/// Answered on arrival, as credentials are.
/// </summary>
internal sealed class SaslOperation() : Operation(OpCode.Sasl)
{
    /// <summary>Writes the answer to a token.</summary>
    /// <exception cref="JuteFormatException">The request holds no token; the connection is closed then.</exception>
    public static void Answer(ref JuteReader request, ref JuteWriter reply)
    {
        if (request.Read<SaslToken>().Token is null)
            throw new JuteFormatException(JuteError.InvalidValue, request.Position, "The SASL token is null.");
        new SaslToken(null).Write(ref reply);
    }
}
