using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Writes how attempts ended.</summary>
internal sealed class PostgreSqlSettling
{
    /// <summary>What the server cannot read as a number when a row is not there: the only way to end a statement with an error in plain SQL.</summary>
    private const string Gone = "cap: the row is settled or gone";

    private readonly Database _database;
    private readonly Tables _tables;
    private readonly Statements _outbox;
    private readonly Statements _inbox;

    public PostgreSqlSettling(Database database, Tables tables)
    {
        (_database, _tables) = (database, tables);
        _outbox = new(tables, tables.Published);
        _inbox = new(tables, tables.Received);
    }

    public async Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop)
    {
        if (request.Succeeded.Count == 0 && request.Failed.Count == 0)
            return [];
        var statements = Of(request.Lane);
        var connection = await _database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command() } };
        if (request.Succeeded.Count > 0)
        {
            // Sorted: two nodes that settle the same rows take their locks in the same order.
            long[] ids = [.. request.Succeeded];
            Array.Sort(ids);
            batch.BatchCommands.Add(new(statements.Done) { Parameters = { Parameter.ArrayOf(ids, NpgsqlDbType.Bigint) } });
        }
        if (request.Failed.Count == 0)
        {
            await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            return [];
        }
        FailedAttempt[] failed = [.. request.Failed.OrderBy(f => f.Id)];
        batch.BatchCommands.Add(Failed(statements, failed));
        if (failed.Any(f => f.Attempt.Number > f.KeepAttempts))
            batch.BatchCommands.Add(Trim(statements, failed));
        return await CountedAsync(batch, stop).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<long>> CountedAsync(NpgsqlBatch batch, CancellationToken stop)
    {
        var counted = new List<long>();
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        // Behind the result of the settings. Statements without a result are passed over.
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            counted.Add(reader.GetInt64(0));
        // To the end: only there it is known that nothing failed, and that it is committed.
        while (await reader.NextResultAsync(stop).ConfigureAwait(false)) { }
        return counted;
    }

    public async Task<bool> SettleAsync(StorageTransaction storageTransaction, Lane lane, DueMessage message, CancellationToken stop)
    {
        var transaction = await _database.CheckAsync(storageTransaction, stop).ConfigureAwait(false);
        using var command = new NpgsqlCommand(Of(lane).DoneInTransaction, transaction.Connection, transaction)
        {
            Parameters = { Parameter.Big(message.Id), Parameter.Integer(message.Retries) },
        };
        return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false) == 1;
    }

    /// <remarks>
    /// In one round trip: the first statement fails when the row is not there, and then the commit behind it is not run. A stop that cancels it
    /// in the middle does no harm: whether it was committed is told by the row, which is looked for again.
    /// </remarks>
    public async Task<bool> SettleAndCommitAsync(StorageTransaction storageTransaction, Lane lane, DueMessage message, CancellationToken stop)
    {
        var transaction = await _database.CheckAsync(storageTransaction, stop).ConfigureAwait(false);
        using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new(Of(lane).DoneOrError) { Parameters = { Parameter.Big(message.Id), Parameter.Integer(message.Retries) } },
                new("COMMIT"),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            return true;
        }
        // The text is in the message in every language, and tells it from what a deferred trigger of the application may throw at the commit.
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidTextRepresentation && e.MessageText.Contains(Gone, StringComparison.Ordinal))
        {
            return false;
        }
    }

    private Statements Of(Lane lane) => lane.Type == _tables.Published.Type ? _outbox : _inbox;

    private static NpgsqlBatchCommand Failed(Statements statements, FailedAttempt[] failed) => new(statements.Failed)
    {
        Parameters =
        {
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Id), NpgsqlDbType.Bigint),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Attempt.Number), NpgsqlDbType.Integer),
            Parameter.ArrayOf(
                Array.ConvertAll(failed, f => f.RetryIn is { } time ? Parameter.Limit(time) : (TimeSpan?)null), NpgsqlDbType.Interval),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => Parameter.Limit(f.KeepTime)), NpgsqlDbType.Interval),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Attempt.At.UtcDateTime), NpgsqlDbType.TimestampTz),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => StorableText.Clean(f.Attempt.Node)), NpgsqlDbType.Text),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Attempt.Duration), NpgsqlDbType.Interval),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => StorableText.Clean(f.Attempt.Error)), NpgsqlDbType.Text),
        },
    };

    private static NpgsqlBatchCommand Trim(Statements statements, FailedAttempt[] failed) => new(statements.Trim)
    {
        Parameters =
        {
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Id), NpgsqlDbType.Bigint),
            Parameter.ArrayOf(Array.ConvertAll(failed, f => f.Attempt.Number - f.KeepAttempts), NpgsqlDbType.Integer),
        },
    };

    private sealed class Statements(Tables tables, TypeTables type)
    {
        public string Done { get; } = $"""DELETE FROM {type.Due} WHERE "Id" = ANY($1)""";

        public string DoneInTransaction { get; } = $"""DELETE FROM {type.Due} WHERE "Id" = $1 AND "Retries" = $2""";

        public string DoneOrError { get; } = $"""
            WITH done AS (DELETE FROM {type.Due} WHERE "Id" = $1 AND "Retries" = $2 RETURNING 1)
            SELECT CASE WHEN count(*) = 1 THEN 1 ELSE ('{Gone}' || left(count(*)::text, 0))::integer END FROM done
            """;

        // The guard on Retries: an attempt counts once, whoever reports it, and only in its turn. The last part finds what this same report
        // has counted before: it sees the table as it was, and so nothing of what is written here.
        public string Failed { get; } = $"""
            WITH counted AS (
              UPDATE {type.Due} d
              SET "Retries" = f."Number", "DueAt" = clock_timestamp() + f."RetryIn",
                "ExpiresAt" = CASE WHEN f."RetryIn" IS NULL THEN clock_timestamp() + f."KeepTime" END
              FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                AS f("Id", "Number", "RetryIn", "KeepTime", "At", "Node", "Duration", "Error")
              WHERE d."Id" = f."Id" AND d."Retries" = f."Number" - 1
              RETURNING f."Id", f."Number", f."At", f."Node", f."Duration", f."Error"
            ),
            written AS (
              INSERT INTO {tables.Attempt} ("Type", "Id", "Number", "At", "Node", "Duration", "Error")
              SELECT {type.Number}, "Id", "Number", "At", "Node", "Duration", "Error" FROM counted
              ON CONFLICT DO NOTHING
            )
            SELECT "Id" FROM counted
            UNION ALL
            SELECT a."Id" FROM unnest($1, $2, $5, $6) AS f("Id", "Number", "At", "Node")
            JOIN {tables.Attempt} a ON a."Type" = {type.Number} AND a."Id" = f."Id" AND a."Number" = f."Number"
              AND a."At" = f."At" AND a."Node" = f."Node"
            """;

        public string Trim { get; } = $"""
            DELETE FROM {tables.Attempt} a USING unnest($1, $2) AS f("Id", "Number")
            WHERE a."Type" = {type.Number} AND a."Id" = f."Id" AND a."Number" <= f."Number"
            """;
    }
}
