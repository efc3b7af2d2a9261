using Polly;
using Polly.Retry;

namespace Coordination.Client;

/// <summary>
/// How soon to try again after every server was tried in vain: jittered, growing, for ever. Its callbacks run on the client's thread and
/// must not block.
/// </summary>
internal static class ReconnectPipeline
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>Builds the pipeline.</summary>
    /// <param name="configure">The user's choice instead of the default.</param>
    /// <param name="time">The client's timers.</param>
    /// <returns>The pipeline.</returns>
    public static ResiliencePipeline Build(Action<ResiliencePipelineBuilder>? configure, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (configure is not null)
            configure(builder);
        else
            builder.AddRetry(Default());
        return builder.Build();
    }

    private static RetryStrategyOptions Default() => new()
    {
        ShouldHandle = new PredicateBuilder().Handle<ConnectionUnavailableException>(),
        MaxRetryAttempts = int.MaxValue,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = FirstDelay,
        MaxDelay = LongestDelay,
    };
}
