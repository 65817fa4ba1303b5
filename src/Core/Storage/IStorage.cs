using System.Data;
using System.Data.Common;

namespace Cap.Storage;

/// <summary>
/// The seam to a database. One instance serves the whole process; every member is thread-safe. A storage knows tables, not
/// rules: when to retry, which shards to own and what to run is decided above it. Every driver passes the storage conformance
/// suite unchanged.
/// </summary>
/// <remarks>
/// Errors: what a caller did wrong is an <see cref="ArgumentException"/> or <see cref="InvalidOperationException"/> that names the
/// thing, the value and the remedy. Everything the database throws passes through as it is.
/// </remarks>
public interface IStorage
{
    /// <summary>Names the database for logs and errors, without secrets: <c>PostgreSQL 127.0.0.1:5432/shop schema cap</c>.</summary>
    string Description { get; }

    /// <summary>The script that makes or upgrades the tables, for people who own their schema. May be run again.</summary>
    string GetScript();

    /// <summary>
    /// Makes the tables under a lock if the storage's options say so, and checks them.
    /// </summary>
    /// <exception cref="CapException">The tables are missing, or newer than this library knows, or the settings differ.</exception>
    Task InitializeAsync(StorageSettings settings, CancellationToken stop);

    /// <summary>Begins a transaction on the given connection, or on one of the storage's own.</summary>
    Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop);

    /// <summary>Begins a transaction on the given connection, or on one of the storage's own.</summary>
    StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation);

    /// <summary>Joins a transaction the application began and will end itself.</summary>
    /// <exception cref="ArgumentException">It is finished, its connection is closed, or it is not of this kind of database.</exception>
    StorageTransaction Join(DbTransaction transaction);

    /// <summary>Stores messages in the outbox: one statement, one round trip.</summary>
    /// <exception cref="InvalidOperationException">The transaction belongs to a database that does not hold these tables.</exception>
    Task PublishAsync(PublishRequest request, CancellationToken stop);

    /// <summary>Stores messages in the outbox: one statement, one round trip.</summary>
    void Publish(PublishRequest request);

    /// <summary>
    /// Stores messages in the inbox by one statement, in the given order, and remembers their ids. The answer has, at the same
    /// place, the row id of each message, or null for one the lane has seen before (in the batch or ever).
    /// </summary>
    Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop);

    /// <summary>Finds rows that need work. Takes no locks and changes nothing.</summary>
    Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop);

    /// <summary>
    /// Writes the results of a batch of attempts in one round trip, all or nothing. The answer names the rows whose failed attempt counts.
    /// The others were settled, deleted or failed by somebody else before, and nothing about them has changed. Writing the same again
    /// (when the answer got lost, say) changes nothing and gives the same answer.
    /// </summary>
    Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop);

    /// <summary>
    /// Marks one row as done inside a transaction. False when the row is gone or was settled by somebody else: the caller must
    /// roll back. Holds the row until the transaction ends.
    /// </summary>
    Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop);

    /// <summary>
    /// Marks one row as done and commits: what follows a transactional handler. False when the row is gone or was settled by somebody else; then
    /// nothing is committed, and the caller must roll back. A driver that can do both in one round trip overrides it.
    /// </summary>
    async Task<bool> SettleAndCommitAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (!await SettleAsync(transaction, lane, message, stop).ConfigureAwait(false))
            return false;
        // From here on the stop no longer cancels: a commit that was begun is waited for, so that its outcome is known.
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Reads all nodes and leases under a lock that every node takes, lets <paramref name="decide"/> say what to change, and
    /// writes that before the lock is released. No session locks: safe behind a transaction-pooling proxy.
    /// </summary>
    Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop);

    /// <summary>Tells the other nodes that these lanes have work (or, with an empty list, that leases are free). Best effort.</summary>
    Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop);

    /// <summary>
    /// Calls <paramref name="wake"/> whenever another node notifies: with the lane, or with null when leases are free or anything may
    /// have changed. Runs until stopped; throws when the connection is lost, and the caller starts it again. A storage that cannot
    /// listen returns at once: polling is enough alone.
    /// </summary>
    Task ListenAsync(Action<Lane?> wake, CancellationToken stop);

    /// <summary>Purges what is old, a bounded piece of work per call. One node at a time; the others get an empty result.</summary>
    Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop);

    /// <summary>What people look through and act through.</summary>
    IMonitoringStorage Monitoring { get; }
}
