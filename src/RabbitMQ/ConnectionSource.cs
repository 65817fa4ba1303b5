using Cap.Transport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cap.RabbitMQ;

/// <summary>
/// One connection to the broker, opened when somebody wants it and again after it was lost. Everybody who waits shares one
/// attempt. An outage is logged once when it begins and once when it ends. Thread-safe.
/// </summary>
internal sealed partial class ConnectionSource(RabbitMQOptions options, string purpose, string broker, TimeProvider time, ILogger log)
    : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _closing = [];
    private IConnection? _current;
    private Task<IConnection>? _attempt;
    private bool _isAway;
    private volatile string? _blocked;

    /// <summary>Why the broker takes no messages on the current connection; null while it does.</summary>
    public string? Blocked => _blocked;

    /// <summary>There is no connection, though somebody wanted one.</summary>
    public bool IsAway
    {
        get
        {
            lock (_gate)
                return _isAway;
        }
    }

    /// <summary>Waits for an open connection.</summary>
    /// <exception cref="BrokerConnectionException">There is none; the message says why.</exception>
    public async ValueTask<IConnection> GetAsync(CancellationToken stop)
    {
        Task<IConnection> attempt;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            if (_current is { IsOpen: true } open)
                return open;
            if (_current is { } dead)
                Own(CloseAsync(dead));
            _current = null;
            if (_attempt is null or { IsCompleted: true })
                _attempt = ConnectAsync();
            attempt = _attempt;
        }
        return await attempt.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Ends the connection, because it does not answer, without waiting for it. The next one who wants one opens another.</summary>
    public void Discard(string reason)
    {
        lock (_gate)
        {
            if (_current is { } connection)
                Discard(connection, reason);
        }
    }

    /// <summary>The same for this connection; if somebody else has opened another meanwhile, that one stays.</summary>
    public void Discard(IConnection connection, string reason)
    {
        lock (_gate)
        {
            if (connection != _current)
                return;
            _current = null;
            _blocked = null;
            NoteLoss(reason, null);
            Own(CloseAsync(connection));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IConnection? last;
        Task<IConnection>? attempt;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            _stopping.Cancel();
            (last, attempt) = (_current, _attempt);
            _current = null;
        }
        if (attempt is not null)
            await Closing.BoundedAsync(() => attempt).ConfigureAwait(false);
        if (last is not null)
            Own(CloseAsync(last));
        Task[] closing;
        lock (_gate)
            closing = [.. _closing];
        await Closing.BoundedAsync(() => Task.WhenAll(closing)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task<IConnection> ConnectAsync()
    {
        await Task.Yield();
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            var factory = Endpoints.Factory(options, time);
            var name = factory.ClientProvidedName ?? $"cap {purpose}";
            var connection = await CreateAsync(factory, name, either.Token).ConfigureAwait(false);
            connection.ConnectionShutdownAsync += LostAsync;
            connection.ConnectionBlockedAsync += BlockedAsync;
            connection.ConnectionUnblockedAsync += UnblockedAsync;
            lock (_gate)
            {
                if (!_stopping.IsCancellationRequested)
                {
                    _current = connection;
                    _blocked = null;
                    if (_isAway)
                        Log.Back(log, broker, purpose);
                    _isAway = false;
                    return connection;
                }
            }
            await CloseAsync(connection).ConfigureAwait(false);
            throw new ObjectDisposedException(nameof(RabbitMQTransport));
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            var reason = limit.IsCancellationRequested ? $"no answer within {options.ConfirmTimeout}" : Innermost(e);
            lock (_gate)
                NoteLoss(reason, e);
            throw new BrokerConnectionException($"{broker} cannot be reached: {reason}", e);
        }
    }

    /// <summary>The client does not always end when it is told to: whoever waits goes on, and what comes late is closed.</summary>
    private async Task<IConnection> CreateAsync(ConnectionFactory factory, string name, CancellationToken stop)
    {
        var creating = factory.CreateConnectionAsync(Endpoints.Of(options, factory), name, stop);
        try
        {
            return await creating.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!creating.IsCompleted)
        {
            Own(CloseLateAsync(creating));
            throw;
        }
    }

    private static async Task CloseLateAsync(Task<IConnection> creating)
    {
        await ((Task)creating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (creating.IsCompletedSuccessfully)
            await CloseAsync(await creating.ConfigureAwait(false)).ConfigureAwait(false);
    }

    private Task LostAsync(object sender, ShutdownEventArgs reason)
    {
        lock (_gate)
        {
            if (sender != _current)
                return Task.CompletedTask;
            _current = null;
            _blocked = null;
            NoteLoss(reason.ReplyText, reason.Exception);
        }
        Own(CloseAsync((IConnection)sender));
        return Task.CompletedTask;
    }

    private Task BlockedAsync(object sender, ConnectionBlockedEventArgs reason)
    {
        _blocked = reason.Reason;
        Log.Blocked(log, broker, reason.Reason);
        return Task.CompletedTask;
    }

    private Task UnblockedAsync(object sender, AsyncEventArgs _)
    {
        _blocked = null;
        Log.Unblocked(log, broker);
        return Task.CompletedTask;
    }

    private void NoteLoss(string reason, Exception? error)
    {
        if (!_isAway)
            Log.Lost(log, error, broker, purpose, reason);
        _isAway = true;
    }

    /// <summary>Keeps a closing connection until it is closed, so that the end of the transport can wait for it.</summary>
    private void Own(Task closing)
    {
        lock (_gate)
        {
            _closing.RemoveWhere(task => task.IsCompleted);
            _closing.Add(closing);
        }
    }

    private static Task CloseAsync(IConnection connection) =>
        Closing.BoundedAsync(async () =>
        {
            await connection.CloseAsync(200, "Goodbye", Closing.Time, abort: true, CancellationToken.None).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
        });

    private static string Innermost(Exception error) =>
        error is AggregateException { InnerExceptions.Count: > 0 } many ? Innermost(many.InnerExceptions[0])
        : error.InnerException is { } inner ? Innermost(inner)
        : error.Message;

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Warning, "{Broker}: the {Purpose} connection is lost: {Reason}. It is opened again as soon as that works")]
        public static partial void Lost(ILogger logger, Exception? error, string broker, string purpose, string reason);

        [LoggerMessage(301, LogLevel.Information, "{Broker}: the {Purpose} connection is back")]
        public static partial void Back(ILogger logger, string broker, string purpose);

        [LoggerMessage(302, LogLevel.Warning, "{Broker} takes no messages for now: {Reason}")]
        public static partial void Blocked(ILogger logger, string broker, string reason);

        [LoggerMessage(303, LogLevel.Information, "{Broker} takes messages again")]
        public static partial void Unblocked(ILogger logger, string broker);
    }
}
