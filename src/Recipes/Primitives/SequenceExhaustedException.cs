using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>
/// The sequence counter of a lock or latch path has reached its end, where names tie and order is lost. Nobody can enter until the path
/// is empty and has been deleted, which starts the counter anew.
/// </summary>
/// <param name="path">The lock or latch path.</param>
public sealed class SequenceExhaustedException(ZnodePath path) : CoordinationException(
    ErrorCode.BadArguments,
    $"The sequence counter of {path} is exhausted (2147483647). Let its contenders leave and delete {path}; the next contender starts it anew.",
    path);
