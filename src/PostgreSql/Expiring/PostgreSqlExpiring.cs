using System.Data;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>
/// Purges in small transactions, each under a lock that one node gets and the others do not wait for. Succeeded messages go by
/// whole partitions, which leaves nothing behind to clean up, however long somebody holds a transaction open.
/// </summary>
internal sealed class PostgreSqlExpiring(Database database, Tables tables)
{
    private readonly TypeExpiry[] _types = [new(tables, tables.Published), new(tables, tables.Received)];
    private readonly SeenExpiry _seen = new(tables);
    private readonly PeopleExpiry _people = new(tables);
    private readonly string _tryLock = $"SELECT pg_try_advisory_xact_lock({tables.ExpiryLock})";

    public async Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var purge = new Purge(connection, TryLockAsync, request, stop);
        foreach (var type in _types)
            await type.RunAsync(purge).ConfigureAwait(false);
        await _seen.RunAsync(purge).ConfigureAwait(false);
        await _people.RunAsync(purge).ConfigureAwait(false);
        return new(purge.Succeeded, purge.Failed, purge.HasMore);
    }

    private async Task<NpgsqlTransaction?> TryLockAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
        try
        {
            using (var settings = new NpgsqlCommand(IndexPlans.Sql, connection))
                await settings.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            using var command = new NpgsqlCommand(_tryLock, connection);
            if (await command.ExecuteScalarAsync(stop).ConfigureAwait(false) is true)
                return transaction;
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await transaction.DisposeAsync().ConfigureAwait(false);
        return null;
    }
}
