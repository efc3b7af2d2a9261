using Microsoft.Extensions.Logging;

namespace Coordination.Recipes;

/// <summary>Keeps log lines until there is a logger, since configuration is read before logging exists. Bounded: the oldest go first.</summary>
internal sealed partial class ConfigurationLog
{
    private const int Capacity = 100;

    private readonly Lock _gate = new();
    private readonly Queue<Action<ILogger>> _kept = new();
    private ILogger? _logger;

    /// <summary>Hands over what was kept, and everything from now on.</summary>
    /// <param name="logger">The application's log.</param>
    public void Attach(ILogger logger)
    {
        Action<ILogger>[] kept;
        lock (_gate)
        {
            _logger = logger;
            kept = [.. _kept];
            _kept.Clear();
        }

        foreach (Action<ILogger> line in kept)
            line(logger);
    }

    public void Loaded(string root, int keys) => Write(l => LogLoaded(l, root, keys));

    public void Failed(string root, Exception exception) => Write(l => LogFailed(l, root, exception));

    public void Started(string root, string how) => Write(l => LogStarted(l, root, how));

    public void Unsettled(string root, int passes) => Write(l => LogUnsettled(l, root, passes));

    public void FallbackFailed(string file, Exception exception) => Write(l => LogFallbackFailed(l, file, exception));

    public void ListenerThrew(string root, Exception exception) => Write(l => LogListenerThrew(l, root, exception));

    private void Write(Action<ILogger> line)
    {
        ILogger? logger;
        lock (_gate)
        {
            logger = _logger;
            if (logger is null)
            {
                if (_kept.Count == Capacity)
                    _kept.Dequeue();
                _kept.Enqueue(line);
            }
        }

        if (logger is not null)
            line(logger);
    }

    [LoggerMessage(3200, LogLevel.Information, "Configuration below {Root} is loaded: {Keys} keys.")]
    private static partial void LogLoaded(ILogger logger, string root, int keys);

    [LoggerMessage(3201, LogLevel.Warning, "Configuration below {Root} could not be loaded; the values known so far stay.")]
    private static partial void LogFailed(ILogger logger, string root, Exception exception);

    [LoggerMessage(3202, LogLevel.Warning, "Configuration below {Root} was not to be had in time; the application starts {How}.")]
    private static partial void LogStarted(ILogger logger, string root, string how);

    [LoggerMessage(3203, LogLevel.Warning, "Configuration below {Root} changed during each of {Passes} readings; it is read again when it is quiet.")]
    private static partial void LogUnsettled(ILogger logger, string root, int passes);

    [LoggerMessage(3204, LogLevel.Warning, "The fallback file {File} could not be used.")]
    private static partial void LogFallbackFailed(ILogger logger, string file, Exception exception);

    [LoggerMessage(3205, LogLevel.Error, "A listener threw at new configuration below {Root}. Its values are in place; the listener may not know them.")]
    private static partial void LogListenerThrew(ILogger logger, string root, Exception exception);
}
