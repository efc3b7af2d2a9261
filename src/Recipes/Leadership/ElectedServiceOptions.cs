namespace Coordination.Recipes;

/// <summary>Options of an elected service.</summary>
public sealed class ElectedServiceOptions
{
    /// <summary>What others see of this participant; host and process unless set.</summary>
    public string? ParticipantId { get; set; }

    /// <summary>How long a term is believed in while the connection is away.</summary>
    public HoldPolicy Policy { get; set; }

    /// <summary>How long the service waits, resigned, after its body has returned or thrown, before it takes part again.</summary>
    public TimeSpan RestartDelay { get; set; } = TimeSpan.FromSeconds(1);
}
