using System.Data;
using System.Data.Common;
using Cap.Messages;
using Cap.Storage;
using Cap.Waking;

namespace Cap.Publishing;

internal sealed class CapPublisher(
    IServiceProvider services,
    CapOptions options,
    MessageComposer composer,
    IStorage storage,
    WakeUps wakeUps
) : ICapPublisher
{
    private static readonly PublishOptions Plain = new();
    private readonly Lane _lane = new(MessageType.Publish, options.Version);
    private readonly AsyncLocal<CapTransaction?> _current = new();

    public IServiceProvider ServiceProvider => services;

    public ICapTransaction? Transaction
    {
        get => Current;
        set =>
            _current.Value = value switch
            {
                null => null,
                CapTransaction transaction => transaction,
                _ => throw new ArgumentException(
                    $"A transaction of type {value.GetType()} was not begun through Cap. Use publisher.UseTransaction(dbTransaction).",
                    nameof(value)
                ),
            };
    }

    /// <summary>The innermost transaction of this flow that nobody has ended through Cap.</summary>
    private CapTransaction? Current
    {
        get
        {
            var transaction = _current.Value;
            while (transaction is { HasEnded: true })
                transaction = transaction.Outer;
            return transaction;
        }
    }

    public Task PublishAsync<T>(string name, T? contentObj, string? callbackName, CancellationToken cancellationToken) =>
        StoreAsync([composer.Compose(name, contentObj, new() { CallbackName = callbackName })], null, cancellationToken);

    public Task PublishAsync<T>(string name, T? contentObj, IDictionary<string, string?> headers, CancellationToken cancellationToken) =>
        StoreAsync([composer.Compose(name, contentObj, new() { Headers = headers })], null, cancellationToken);

    public async Task<string> PublishAsync<T>(string name, T? contentObj, PublishOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var message = composer.Compose(name, contentObj, options);
        await StoreAsync([message], options.Transaction, cancellationToken).ConfigureAwait(false);
        return message.MessageId;
    }

    public async Task<IReadOnlyList<string>> PublishAsync(IEnumerable<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var rows = new List<NewMessage>();
        DbTransaction? transaction = null;
        foreach (var message in messages)
        {
            var how = message.Options ?? Plain;
            if (rows.Count > 0 && how.Transaction != transaction)
                throw new ArgumentException("Messages published together must name the same Transaction, or none.", nameof(messages));
            transaction = how.Transaction;
            rows.Add(composer.Compose(message.Name, message.Value, how));
        }
        if (rows.Count > 0)
            await StoreAsync(rows, transaction, cancellationToken).ConfigureAwait(false);
        return rows.ConvertAll(row => row.MessageId);
    }

    public void Publish<T>(string name, T? contentObj, string? callbackName) =>
        Store(composer.Compose(name, contentObj, new() { CallbackName = callbackName }));

    public void Publish<T>(string name, T? contentObj, IDictionary<string, string?> headers) =>
        Store(composer.Compose(name, contentObj, new() { Headers = headers }));

    public Task PublishDelayAsync<T>(
        TimeSpan delayTime,
        string name,
        T? contentObj,
        IDictionary<string, string?> headers,
        CancellationToken cancellationToken
    ) => StoreAsync([composer.Compose(name, contentObj, new() { Delay = delayTime, Headers = headers })], null, cancellationToken);

    public Task PublishDelayAsync<T>(
        TimeSpan delayTime,
        string name,
        T? contentObj,
        string? callbackName,
        CancellationToken cancellationToken
    ) => StoreAsync([composer.Compose(name, contentObj, new() { Delay = delayTime, CallbackName = callbackName })], null, cancellationToken);

    public void PublishDelay<T>(TimeSpan delayTime, string name, T? contentObj, IDictionary<string, string?> headers) =>
        Store(composer.Compose(name, contentObj, new() { Delay = delayTime, Headers = headers }));

    public void PublishDelay<T>(TimeSpan delayTime, string name, T? contentObj, string? callbackName) =>
        Store(composer.Compose(name, contentObj, new() { Delay = delayTime, CallbackName = callbackName }));

    /// <summary>Makes a transaction the current one of the caller's flow. Must run in the caller's context: never inside an async method.</summary>
    public CapTransaction Enter(TransactionOwner owner, bool autoCommit = false)
    {
        var transaction = new CapTransaction(Committed) { Owner = owner, AutoCommit = autoCommit, Outer = Current };
        _current.Value = transaction;
        return transaction;
    }

    public async Task<ICapTransaction> OpenAsync(
        CapTransaction transaction,
        DbConnection? connection,
        IsolationLevel isolation,
        CancellationToken stop
    )
    {
        try
        {
            transaction.Opened(await storage.BeginAsync(connection, isolation, stop).ConfigureAwait(false));
            return transaction;
        }
        catch
        {
            transaction.Abandon();
            throw;
        }
    }

    public ICapTransaction Open(CapTransaction transaction, DbConnection? connection, IsolationLevel isolation)
    {
        try
        {
            transaction.Opened(storage.Begin(connection, isolation));
            return transaction;
        }
        catch
        {
            transaction.Abandon();
            throw;
        }
    }

    public ICapTransaction Join(DbTransaction transaction)
    {
        var joined = storage.Join(transaction);
        var entered = Enter(TransactionOwner.Application);
        entered.Opened(joined);
        return entered;
    }

    private async Task StoreAsync(IReadOnlyList<NewMessage> messages, DbTransaction? given, CancellationToken stop)
    {
        if (given is not null)
        {
            // Cap cannot see this transaction commit: polling finds the rows, which is frequent for a while after word of work.
            await storage.PublishAsync(new(_lane, messages, storage.Join(given)), stop).ConfigureAwait(false);
            Committed(messages);
        }
        else if (Current is { } open)
        {
            await storage.PublishAsync(new(_lane, messages, open.Storage), stop).ConfigureAwait(false);
            open.Touched(messages);
            // The application may commit its own object, which Cap cannot see either.
            if (open.Owner == TransactionOwner.Application)
                Committed(messages);
            if (open.AutoCommit)
                await open.CommitAsync(stop).ConfigureAwait(false);
        }
        else
        {
            await storage.PublishAsync(new(_lane, messages, null), stop).ConfigureAwait(false);
            Committed(messages);
        }
    }

    private void Store(NewMessage message)
    {
        if (Current is { } open)
        {
            storage.Publish(new(_lane, [message], open.Storage));
            open.Touched([message]);
            if (open.Owner == TransactionOwner.Application)
                Committed([message]);
            if (open.AutoCommit)
                open.Commit();
        }
        else
        {
            storage.Publish(new(_lane, [message], null));
            Committed([message]);
        }
    }

    private void Committed(IReadOnlyList<NewMessage> messages) =>
        Committed(messages.Count == 1 ? [messages[0].Shard] : messages.Select(m => m.Shard).ToHashSet());

    private void Committed(IReadOnlyCollection<int> shards) => wakeUps.Committed(_lane, shards);
}
