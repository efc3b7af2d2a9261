using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Hosting;

/// <summary>Keeps every message as a line: its number, then its text.</summary>
internal sealed class LineLogger : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Hears each line when it is kept.</summary>
    public Action<string>? Said { get; set; }

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;

        string line = $"{eventId.Id} {formatter(state, exception)} {exception}";
        _lines.Enqueue(line);
        Said?.Invoke(line);
    }

    public void Dispose()
    {
    }
}
