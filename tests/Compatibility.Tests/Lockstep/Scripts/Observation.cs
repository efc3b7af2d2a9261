namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>One thing that a client saw.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Request">What was asked, if it is an answer.</param>
/// <param name="Frame">The bytes; empty if there were none.</param>
internal sealed record Observation(ObservationKind Kind, ScriptRequest? Request, byte[] Frame)
{
    public static Observation End { get; } = new(ObservationKind.End, null, []);

    public static Observation Silence { get; } = new(ObservationKind.Silence, null, []);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        ObservationKind.End => "end of the connection",
        ObservationKind.Silence => "nothing",
        _ => $"{Kind}{(Request is null ? "" : $" to {Request}")}: {string.Join(' ', Answer.Decode(this))}",
    };
}

/// <summary>What a client can see.</summary>
internal enum ObservationKind
{
    /// <summary>The answer to a handshake.</summary>
    Handshake,

    /// <summary>The answer to a request.</summary>
    Reply,

    /// <summary>A watch event.</summary>
    Event,

    /// <summary>The connection ended.</summary>
    End,

    /// <summary>Nothing came for a long time.</summary>
    Silence,
}
