using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>One znode in a queue.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Czxid">The transaction that created it.</param>
/// <param name="Owner">The session that owns it.</param>
internal sealed record Contender(ZnodePath Path, int Sequence, long Czxid, long Owner);

/// <summary>A contender as <c>InspectAsync</c> and <c>GetParticipantsAsync</c> see it, the first in the queue first.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Text">Its data as UTF-8.</param>
/// <param name="Stat">What the server knows about it.</param>
internal sealed record ContenderView(ZnodePath Path, string Text, ZnodeStat Stat);

/// <summary>Where a contender stands.</summary>
internal enum Turn
{
    /// <summary>At the head, and its znode belongs to the present session.</summary>
    First,

    /// <summary>Behind somebody.</summary>
    Behind,

    /// <summary>Its znode is gone or belongs to a session that has ended.</summary>
    Gone,
}
