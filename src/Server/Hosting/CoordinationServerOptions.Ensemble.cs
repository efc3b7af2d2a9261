using Coordination.Server.Hosting;

namespace Coordination.Server;

/// <content>Belonging to an ensemble.</content>
public sealed partial class CoordinationServerOptions
{
    /// <summary>What concerns the other members.</summary>
    internal EnsembleOptions Ensemble { get; } = new();
}
