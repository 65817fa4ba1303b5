using System.Data;
using System.Data.Common;
using Cap.Storage;

namespace Cap.PostgreSql;

/// <summary>
/// Outbox and inbox in PostgreSQL: an append-only log for the messages, and a narrow row for each one that still needs work. Safe
/// behind a proxy that pools by transaction, apart from listening, which is an option.
/// </summary>
internal sealed class PostgreSqlStorage : IStorage, IAsyncDisposable
{
    private readonly Database _database;
    private readonly PostgreSqlSchema _schema;
    private readonly ApplicationTransaction _transactions;
    private readonly PostgreSqlPublishing _publishing;
    private readonly PostgreSqlReceiving _receiving;
    private readonly PostgreSqlFetching _fetching;
    private readonly PostgreSqlSettling _settling;
    private readonly PostgreSqlLeasing _leasing;
    private readonly PostgreSqlWaking _waking;
    private readonly PostgreSqlExpiring _expiring;

    public PostgreSqlStorage(PostgreSqlOptions options)
    {
        var tables = new Tables(options.Schema, options.TableNamePrefix);
        _database = new(options, tables);
        var lanes = new Lanes(_database, tables);
        _schema = new(_database, tables, options);
        _transactions = new(_database);
        _publishing = new(_database, lanes, tables);
        _receiving = new(_database, lanes, tables);
        _fetching = new(_database, lanes, tables);
        _settling = new(_database, tables);
        _leasing = new(_database, tables);
        _waking = new(_database, tables, options.ListenForWakeUps);
        _expiring = new(_database, tables);
        Monitoring = new PostgreSqlMonitoring(_database, lanes, tables);
    }

    public string Description => _database.Description;

    public IMonitoringStorage Monitoring { get; }

    public string GetScript() => _schema.Script();

    public Task InitializeAsync(StorageSettings settings, CancellationToken stop) => _schema.InitializeAsync(settings, stop);

    public Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop) =>
        _transactions.BeginAsync(connection, isolation, stop);

    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) => _transactions.Begin(connection, isolation);

    public StorageTransaction Join(DbTransaction transaction) => ApplicationTransaction.Join(transaction);

    public Task PublishAsync(PublishRequest request, CancellationToken stop) => _publishing.PublishAsync(request, stop);

    public void Publish(PublishRequest request) => _publishing.Publish(request);

    public Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop) =>
        _receiving.ReceiveAsync(messages, stop);

    public Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop) => _fetching.FetchAsync(query, stop);

    public Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop) => _settling.SettleAsync(request, stop);

    public Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        _settling.SettleAsync(transaction, lane, message, stop);

    public Task<bool> SettleAndCommitAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        _settling.SettleAndCommitAsync(transaction, lane, message, stop);

    public Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop) => _leasing.UpdateAsync(decide, stop);

    public Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop) => _waking.NotifyAsync(lanes, stop);

    public Task ListenAsync(Action<Lane?> wake, CancellationToken stop) => _waking.ListenAsync(wake, stop);

    public Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop) => _expiring.ExpireAsync(request, stop);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
