using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cap.EndToEnd.Trouble;

/// <summary>Keeps what a node says at Warning or above: what a person on call would see.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = [];

    public IReadOnlyList<string> All => [.. _lines.Select(line => $"{line.Id} {line.Text}")];

    public int Count(int eventId) => _lines.Count(line => line.Id == eventId);

    public IReadOnlyList<string> Of(int eventId) => [.. _lines.Where(line => line.Id == eventId).Select(line => line.Text)];

    public void Clear() => _lines.Clear();

    /// <summary>Fails, naming the lines, when there are more.</summary>
    public void AssertAtMost(int count) => Assert.True(_lines.Count <= count, $"{_lines.Count} lines:\n{string.Join('\n', All)}");

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose() { }

    private sealed class Logger(LogLines lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                lines._lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception?.GetType().Name}: {exception?.Message}"));
        }
    }
}
