using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>What the rules of election connections want done.</summary>
internal enum ElectionLinkActionKind
{
    /// <summary>Open a connection to the server and greet it; first at the addresses given, if there are any.</summary>
    Open,

    /// <summary>Look again later whether the server's own connection has come.</summary>
    LookAgain,

    /// <summary>Close the connection.</summary>
    Close,

    /// <summary>The connection is the server's: read messages from it.</summary>
    Use,

    /// <summary>There is a message for the connection.</summary>
    Write,

    /// <summary>Nobody answers at the server's addresses.</summary>
    Unreachable,

    /// <summary>Somebody answers again.</summary>
    Reachable,
}

/// <summary>One thing to do.</summary>
/// <param name="Kind">What.</param>
/// <param name="Server">The other server.</param>
/// <param name="Number">The connection's number; of <see cref="ElectionLinkActionKind.LookAgain"/> the milliseconds until then.</param>
/// <param name="Addresses">Where to look for the server first.</param>
internal readonly record struct ElectionLinkAction(
    ElectionLinkActionKind Kind, long Server, long Number = 0, IReadOnlyList<HostPort>? Addresses = null);
