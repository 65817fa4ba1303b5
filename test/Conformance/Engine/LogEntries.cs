using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cap.Conformance;

/// <summary>Keeps what nodes log, from Information on. Thread-safe.</summary>
public sealed class LogEntries : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();

    /// <summary>What was logged as a warning or worse, in order.</summary>
    public IReadOnlyList<string> Warnings => [.. _entries.Where(e => e.Level >= LogLevel.Warning).Select(e => e.Text)];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(_entries);

    /// <inheritdoc/>
    public void Dispose() { }

    private sealed class Logger(ConcurrentQueue<(LogLevel, string)> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel level, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(level))
                entries.Enqueue((level, formatter(state, exception)));
        }
    }
}
