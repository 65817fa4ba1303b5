using System.Data;
using System.Globalization;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Makes the tables and checks that they are the ones this node may work with.</summary>
internal sealed class PostgreSqlSchema(Database database, Tables tables, PostgreSqlOptions options)
{
    private const int LeastServerVersion = 13;
    private const int UpgradeTries = 15;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(2);

    private readonly SchemaScript _script = new(tables);

    public string Script() => _script.Whole();

    public async Task InitializeAsync(StorageSettings settings, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        if (connection.PostgreSqlVersion.Major < LeastServerVersion)
        {
            throw new CapException(
                $"{database.Description} is PostgreSQL {connection.PostgreSqlVersion}. Cap needs version {LeastServerVersion} or newer.");
        }
        if (await ReadVersionAsync(connection, stop).ConfigureAwait(false) < SchemaScript.Version)
            await UpgradeAsync(connection, stop).ConfigureAwait(false);
        await ShareAsync(connection, settings, stop).ConfigureAwait(false);
    }

    private async Task UpgradeAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        if (!options.CreateTables)
        {
            throw new CapException(
                $"The tables of Cap are missing or old in schema '{options.Schema}' of {database.Description}, and PostgreSqlOptions.CreateTables "
                + "is false. Run the script that IStorage.GetScript returns, or set CreateTables to true.");
        }

        for (var left = UpgradeTries; ; left--)
        {
            try
            {
                await TryUpgradeAsync(connection, stop).ConfigureAwait(false);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                if (left == 0)
                {
                    throw new CapException(
                        $"The tables in schema '{options.Schema}' of {database.Description} cannot be upgraded, because somebody holds a lock on one "
                        + "of them for long: a backup or an open transaction perhaps. Start again when it has ended (pg_locks shows who it is).", e);
                }
            }
            await Task.Delay(BetweenTries, stop).ConfigureAwait(false);
        }
    }

    private async Task TryUpgradeAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        // A snapshot of before the lock would not show what another node has made meanwhile.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({tables.SchemaLock})", stop).ConfigureAwait(false);
        if (await ReadVersionAsync(connection, stop).ConfigureAwait(false) < SchemaScript.Version)
        {
            await RunAsync(connection, $"SET LOCAL lock_timeout = '{SchemaScript.LockTime}'", stop).ConfigureAwait(false);
            await RunAsync(connection, _script.Body(), stop).ConfigureAwait(false);
        }
        await transaction.CommitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>The version of the tables; 0 when there are none. Throws when this library is too old for them.</summary>
    private async Task<int> ReadVersionAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        using var exists = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { Parameter.Text(tables.Setting) } };
        if (await exists.ExecuteScalarAsync(stop).ConfigureAwait(false) is not true)
            return 0;
        var version = await ReadNumberAsync(connection, SchemaScript.VersionSetting, stop).ConfigureAwait(false) ?? 0;
        if (version <= SchemaScript.Version)
            return version;

        // Newer tables say which libraries can still work with them: in a rolling deploy, old nodes go on, and may start again.
        var least = await ReadNumberAsync(connection, SchemaScript.LeastVersionSetting, stop).ConfigureAwait(false) ?? version;
        return least <= SchemaScript.Version
            ? version
            : throw new CapException(
                $"The tables in schema '{options.Schema}' of {database.Description} have version {version} and need a library that knows at least "
                + $"version {least}; this one knows up to {SchemaScript.Version}. Update the library, or give this application a schema of its own "
                + "(PostgreSqlOptions.Schema).");
    }

    private async Task<int?> ReadNumberAsync(NpgsqlConnection connection, string setting, CancellationToken stop)
    {
        using var read = new NpgsqlCommand($"""SELECT "Value" FROM {tables.Setting} WHERE "Name" = $1""", connection)
        {
            Parameters = { Parameter.Text(setting) },
        };
        return await read.ExecuteScalarAsync(stop).ConfigureAwait(false) is string value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Agrees with the other nodes on what all must share.</summary>
    private async Task ShareAsync(NpgsqlConnection connection, StorageSettings settings, CancellationToken stop)
    {
        var sql = $"""
            INSERT INTO {tables.Setting} VALUES ($1, $2) ON CONFLICT DO NOTHING
            """;
        using var insert = new NpgsqlCommand(sql, connection)
        {
            Parameters = { Parameter.Text(SchemaScript.ShardsSetting), Parameter.Text(settings.ShardCount.ToString(CultureInfo.InvariantCulture)) },
        };
        await insert.ExecuteNonQueryAsync(stop).ConfigureAwait(false);

        using var read = new NpgsqlCommand($"""SELECT "Value" FROM {tables.Setting} WHERE "Name" = $1""", connection)
        {
            Parameters = { Parameter.Text(SchemaScript.ShardsSetting) },
        };
        var shards = (string?)await read.ExecuteScalarAsync(stop).ConfigureAwait(false);
        if (shards != settings.ShardCount.ToString(CultureInfo.InvariantCulture))
        {
            throw new CapException(
                $"CapOptions.ShardCount is {settings.ShardCount}, but the tables in schema '{options.Schema}' of {database.Description} were made "
                + $"with {shards}, and messages are spread over as many. Set it to {shards}, or use another schema.");
        }

        var keep = (settings.SucceededKeepTime.Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture);
        using var update = new NpgsqlCommand($"""UPDATE {tables.Setting} SET "Value" = $2 WHERE "Name" = $1 AND "Value" <> $2""", connection)
        {
            Parameters = { Parameter.Text(SchemaScript.KeepTimeSetting), Parameter.Text(keep) },
        };
        await update.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }
}
