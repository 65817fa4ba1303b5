using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cap.RabbitMQ.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogList : ILogger<RabbitMQTransport>
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level, string Text)> _entries = [];

    public int Count(int eventId) => _entries.Count(entry => entry.Id == eventId);

    public IEnumerable<string> Texts(int eventId) => _entries.Where(entry => entry.Id == eventId).Select(entry => entry.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
}
