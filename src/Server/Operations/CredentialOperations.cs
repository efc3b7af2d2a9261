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
/// One step of a SASL exchange, answered on arrival, as credentials are. Where no user is configured the answer is a null token and no
/// error, upon which clients go on without an identity.
/// </summary>
internal sealed class SaslOperation() : Operation(OpCode.Sasl)
{
    /// <summary>Takes the token of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="identities">Gain the user who is proved.</param>
    /// <param name="exchange">The connection's; null: there are no users.</param>
    /// <exception cref="JuteFormatException">The request holds no token; the connection is closed then.</exception>
    public static SaslStep Take(ref JuteReader request, Identities identities, SaslExchange? exchange)
    {
        if (request.Read<SaslToken>().Token is not { } token)
            throw new JuteFormatException(JuteError.InvalidValue, request.Position, "The SASL token is null.");
        if (exchange is null)
            return new SaslStep(true);

        SaslStep step = exchange.Take(token);
        return step.User is null || identities.Add(new Identity(AccessControl.SaslScheme, step.User)) ? step : default;
    }
}
