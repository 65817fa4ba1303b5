using System.Data;
using System.Data.Common;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>
/// Tables in the memory of this process, with the semantics of a database: for tests. The given clock is the database's.
/// Whatever it holds is gone with the process.
/// </summary>
internal sealed class InMemoryStorage : IStorage
{
    private readonly InMemoryTables _tables;
    private readonly InMemoryPublishing _publishing;
    private readonly InMemoryReceiving _receiving;
    private readonly InMemoryFetching _fetching;
    private readonly InMemorySettling _settling;
    private readonly InMemoryLeasing _leasing;
    private readonly InMemoryExpiring _expiring;
    private readonly InMemoryPeople _people;

    public InMemoryStorage(TimeProvider time)
    {
        _tables = new(time);
        _publishing = new(_tables);
        _receiving = new(_tables);
        _fetching = new(_tables);
        _settling = new(_tables);
        _leasing = new(_tables);
        _expiring = new(_tables);
        _people = new(_tables, _settling);
        Monitoring = new InMemoryMonitoring(_tables, _people, _leasing);
    }

    public string Description => $"memory of process {Environment.ProcessId}";

    public IMonitoringStorage Monitoring { get; }

    public string GetScript() => "";

    public Task InitializeAsync(StorageSettings settings, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        lock (_tables.Gate)
        {
            if (_tables.Settings is { } fixedAt && fixedAt.ShardCount != settings.ShardCount)
            {
                throw new CapException(
                    $"ShardCount is {settings.ShardCount}, but the tables in memory were made with {fixedAt.ShardCount}. Use the same value on every node.");
            }
            _tables.Settings = settings;
        }
        return Task.CompletedTask;
    }

    public Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(Begin(connection, isolation));
    }

    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) =>
        connection is null
            ? new InMemoryTransaction(_tables)
            : throw new ArgumentException(
                $"The in-memory storage cannot work on a {connection.GetType().Name}. Begin the transaction without a connection.",
                nameof(connection));

    public StorageTransaction Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        throw new ArgumentException(
            $"The in-memory storage cannot join a {transaction.GetType().Name}. Begin a transaction without a connection.",
            nameof(transaction));
    }

    public Task PublishAsync(PublishRequest request, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Publish(request);
        return Task.CompletedTask;
    }

    public void Publish(PublishRequest request) => _publishing.Publish(request);

    public Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(_receiving.Receive(messages));
    }

    public Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(_fetching.Fetch(query));
    }

    public Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop) => _settling.SettleAsync(request, stop);

    public Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        _settling.SettleAsync(_publishing.Own(transaction)!, lane, message.Id, stop);

    public Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        _leasing.Update(_people, decide);
        return Task.CompletedTask;
    }

    public Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        _leasing.Notify(lanes);
        return Task.CompletedTask;
    }

    public Task ListenAsync(Action<Lane?> wake, CancellationToken stop) => _leasing.ListenAsync(wake, stop);

    public Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(_expiring.Expire(request));
    }
}
