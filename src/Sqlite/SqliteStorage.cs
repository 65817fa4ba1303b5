using System.Data;
using System.Data.Common;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>Keeps messages in a SQLite file. SQLite works on the caller's thread: what is async here waits only for other writers.</summary>
internal sealed class SqliteStorage : IStorage, IDisposable
{
    private readonly Database _database;
    private readonly Schema _schema;
    private readonly Transactions _transactions;
    private readonly Publishing _publishing;
    private readonly Receiving _receiving;
    private readonly Fetching _fetching;
    private readonly Settling _settling;
    private readonly Leasing _leasing;
    private readonly Signalling _signalling;
    private readonly Expiring _expiring;
    private readonly Attempts _attempts;
    private readonly Acting _acting;

    public SqliteStorage(SqliteStorageOptions options, TimeProvider time)
    {
        var faults = string.Join(' ', options.Check());
        if (faults.Length > 0)
            throw new ArgumentException(faults, nameof(options));
        _database = new(options, time);
        var lanes = new Lanes(_database);
        _schema = new(_database, options.CreateTables);
        _transactions = new(_database);
        _attempts = new(_database);
        _acting = new(_database);
        _publishing = new(_database, lanes, _transactions);
        _receiving = new(_database, lanes, _attempts);
        _fetching = new(_database, lanes);
        _settling = new(_database, _transactions, _attempts);
        _leasing = new(_database, lanes);
        _signalling = new(_database, lanes, time);
        _expiring = new(_database, _acting);
        Monitoring = new Monitoring(_database, lanes, _attempts, _acting);
    }

    public string Description => $"SQLite {_database.DataSource} tables {_database.Tables.Prefix}*";

    public IMonitoringStorage Monitoring { get; }

    public string GetScript() => SchemaScript.Write(_database.Tables);

    public Task InitializeAsync(StorageSettings settings, CancellationToken stop) => _schema.InitializeAsync(settings, stop);

    public Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop) =>
        _transactions.BeginAsync(connection, isolation, stop);

    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) => _transactions.Begin(connection, isolation);

    public StorageTransaction Join(DbTransaction transaction) => Transactions.Join(transaction);

    public async Task PublishAsync(PublishRequest request, CancellationToken stop) =>
        await _publishing.PublishAsync(request, stop).ConfigureAwait(false);

    public void Publish(PublishRequest request) => _publishing.Publish(request);

    public Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop) =>
        _receiving.ReceiveAsync(messages, stop);

    public Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop) => Run(() => _fetching.Fetch(query), stop);

    public Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop) => _settling.SettleAsync(request, stop);

    public Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        Run(() => _settling.Settle(transaction, lane, message), stop);

    public Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop) => _leasing.UpdateAsync(decide, stop);

    public Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop) => _signalling.NotifyAsync(lanes, stop);

    public Task ListenAsync(Action<Lane?> wake, CancellationToken stop) => _signalling.ListenAsync(wake, stop);

    public Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop) => _expiring.ExpireAsync(request, stop);

    public void Dispose() => _database.Dispose();

    // What fails, fails the task: nothing is thrown before the caller awaits.
    private static Task<T> Run<T>(Func<T> work, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Task.FromCanceled<T>(stop);
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }
}
