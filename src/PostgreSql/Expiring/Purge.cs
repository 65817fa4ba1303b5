using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>One purge under way: its connection, what it was asked and what it has removed so far.</summary>
internal sealed class Purge(
    NpgsqlConnection connection,
    Func<NpgsqlConnection, CancellationToken, Task<NpgsqlTransaction?>> tryLock,
    ExpiryRequest request,
    CancellationToken stop)
{
    public ExpiryRequest Request { get; } = request;

    public CancellationToken Stop { get; } = stop;

    public long Succeeded { get; set; }

    public List<ExpiredMessage> Failed { get; } = [];

    public bool HasMore { get; set; }

    /// <summary>
    /// Runs a piece of work in a transaction of its own; it commits when the work returns true. False when it did not, or another node
    /// is purging.
    /// </summary>
    public async Task<bool> TryAsync(Func<Task<bool>> work)
    {
        var transaction = await tryLock(connection, Stop).ConfigureAwait(false);
        if (transaction is null)
            return false;
        await using var _ = transaction.ConfigureAwait(false);
        if (!await work().ConfigureAwait(false))
            return false;
        await transaction.CommitAsync(Stop).ConfigureAwait(false);
        return true;
    }

    public NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        // A purge may take longer than the statements of a request; locks are waited for briefly, where there are any.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    public async Task<int> ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
    {
        using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(Stop).ConfigureAwait(false);
    }

    public async Task<T?> ReadAsync<T>(string sql, params NpgsqlParameter[] parameters)
    {
        using var command = Command(sql, parameters);
        return await command.ExecuteScalarAsync(Stop).ConfigureAwait(false) is T value ? value : default;
    }

    /// <summary>Empties a partition if the guard still holds once nobody else is in it. False when it does not, or somebody stays.</summary>
    public async Task<bool> TryTruncateAsync(string partition, Func<Task<bool>> guard, Func<Task>? afterwards = null)
    {
        try
        {
            return await TryAsync(async () =>
            {
                // An open transaction that wrote here, or a backup, only puts this off. Fetching waits behind this lock: not for long.
                await ExecuteAsync("SELECT set_config('lock_timeout', '500ms', true)").ConfigureAwait(false);
                await ExecuteAsync($"LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE").ConfigureAwait(false);
                if (!await guard().ConfigureAwait(false))
                    return false;
                await ExecuteAsync($"TRUNCATE {partition}").ConfigureAwait(false);
                if (afterwards is not null)
                    await afterwards().ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }
}
