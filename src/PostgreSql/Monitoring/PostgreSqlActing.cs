using System.Globalization;
using System.Text;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Does what people want done, and writes down in the same statement who it was and what it changed.</summary>
internal sealed class PostgreSqlActing(Database database, Tables tables)
{
    public async Task<Acted> ActAsync(MessageAction action, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(action);
        long[] ids = [.. action.Ids.Distinct().Order()];
        if (ids.Length == 0 && action.Operation is null)
            return new(0, 0);
        var type = tables.Of(action.Type);
        var change = action.Kind == MessageActionKind.Retry ? Retried(type) : Deleted(type, action.Kind);
        var sql = new StringBuilder("WITH ");
        using var command = new NpgsqlCommand { Parameters = { Parameter.ArrayOf(ids, NpgsqlDbType.Bigint) } };
        if (action.Operation is { } step)
        {
            // Whoever stops the operation waits for this to be committed, and so tells what it really changed; once it is stopped nothing changes.
            // It ends with its last part: there is no moment in which another node could begin it anew.
            sql.Append(CultureInfo.InvariantCulture, $"""
                running AS MATERIALIZED (SELECT "Id" FROM {tables.Operation} WHERE "Id" = $3 AND "State" = 0 AND "Node" = $4 FOR UPDATE),
                {change.Replace("= ANY($1)", "= ANY(CASE WHEN EXISTS (SELECT FROM running) THEN $1 ELSE '{}'::bigint[] END)", StringComparison.Ordinal)},
                progress AS (
                  UPDATE {tables.Operation} SET "Changed" = "Changed" + (SELECT count(*) FROM changed), "From" = $2,
                    "State" = CASE WHEN $2 IS NULL THEN {(int)OperationState.Done} ELSE "State" END,
                    "EndedAt" = CASE WHEN $2 IS NULL THEN clock_timestamp() END
                  WHERE "Id" IN (SELECT "Id" FROM running)
                  RETURNING "Changed"
                ),
                audited AS (
                  INSERT INTO {tables.Audit} ("By", "What", "On", "Changed") SELECT $5, $6, $7, "Changed" FROM progress WHERE $2 IS NULL
                )
                SELECT (SELECT count(*) FROM changed), 0::bigint, EXISTS (SELECT FROM running)
                """);
            command.Parameters.AddRange(new[] { Parameter.Text(step.From?.ToString()), Parameter.Big(step.Id), Parameter.Text(step.Node) });
            command.Parameters.AddRange(Written(AuditEntry.OfEnd(new(step.Id, OperationState.Done, action.By, null), 0)));
        }
        else
        {
            sql.Append(CultureInfo.InvariantCulture, $"""
                {change},
                audited AS (
                  INSERT INTO {tables.Audit} ("By", "What", "On", "Changed") SELECT $2, $3, $4, count(*) FROM changed RETURNING "Id"
                )
                SELECT (SELECT count(*) FROM changed), (SELECT "Id" FROM audited), true
                """);
            command.Parameters.AddRange(Written(AuditEntry.Of(action, 0)));
        }
        command.CommandText = sql.ToString();
        return await RunAsync(command, stop).ConfigureAwait(false);
    }

    private async Task<Acted> RunAsync(NpgsqlCommand command, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        command.Connection = connection;
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        return new((int)reader.GetInt64(0), reader.GetInt64(1)) { IsHeld = reader.GetBoolean(2) };
    }

    public async Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        var changed = request.IsPaused
            ? $"""INSERT INTO {tables.Paused} ("Lane", "By") VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1"""
            : $"""DELETE FROM {tables.Paused} WHERE "Lane" = $1 RETURNING 1""";
        var sql = $"""
            WITH changed AS ({changed}),
            audited AS (
              INSERT INTO {tables.Audit} ("By", "What", "On", "Changed") SELECT $2, $3, $4, count(*) FROM changed RETURNING "Id"
            )
            SELECT (SELECT count(*) FROM changed), (SELECT "Id" FROM audited), true
            """;
        using var command = new NpgsqlCommand(sql) { Parameters = { Parameter.Text(Lanes.Write(request.Lane)) } };
        command.Parameters.AddRange(Written(AuditEntry.Of(request, 0)));
        return await RunAsync(command, stop).ConfigureAwait(false);
    }

    public async Task<long> AuditAsync(AuditEntry entry, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return await AuditAsync(connection, entry, stop).ConfigureAwait(false);
    }

    /// <summary>Writes an entry on a connection, in its transaction if there is one. Returns its number.</summary>
    public async Task<long> AuditAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken stop)
    {
        using var command = new NpgsqlCommand($"""INSERT INTO {tables.Audit} ("By", "What", "On", "Changed") VALUES ($1, $2, $3, $4) RETURNING "Id" """, connection);
        command.Parameters.AddRange(Written(entry));
        command.Parameters.Add(Parameter.Big(entry.Changed));
        return (long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
    }

    public async Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(query);
        var sql = $"""
            SELECT "Id", "At", "By", "What", "On", "Changed" FROM {tables.Audit}
            WHERE ($1 IS NULL OR "Id" = $1) AND ($2 IS NULL OR "By" = $2) AND ($3 IS NULL OR "Id" < $3)
            ORDER BY "Id" DESC LIMIT $4
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { Parameter.Big(query.Id), Parameter.Text(query.By), Parameter.Big(query.BeforeId), Parameter.Integer(query.Limit) },
        };
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        var entries = new List<AuditEntry>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            entries.Add(new(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5))
            {
                Id = reader.GetInt64(0),
                At = reader.GetFieldValue<DateTimeOffset>(1),
            });
        }
        return entries;
    }

    /// <summary>Who, what, and on what.</summary>
    private static NpgsqlParameter[] Written(AuditEntry entry) =>
        [Parameter.Text(StorableText.Clean(entry.By)), Parameter.Text(StorableText.Clean(entry.What)), Parameter.Text(StorableText.Clean(entry.On))];

    // Not -infinity: a row that was delayed may have a smaller id than the fetches of fresh rows look at.
    private static string Retried(TypeTables type) => $"""
        changed AS (
          UPDATE {type.Due} SET "DueAt" = clock_timestamp(), "ExpiresAt" = NULL
          WHERE "Id" = ANY($1) AND ("DueAt" IS NULL OR "DueAt" > clock_timestamp())
          RETURNING "Id"
        )
        """;

    private string Deleted(TypeTables type, MessageActionKind kind) => $"""
        changed AS (
          DELETE FROM {type.Due} WHERE "Id" = ANY($1){(kind == MessageActionKind.Cancel ? """ AND "Retries" = 0 AND "DueAt" > clock_timestamp()""" : "")}
          RETURNING "Id"
        ),
        log AS (
          DELETE FROM {type.Log} WHERE "Id" = ANY(ARRAY(SELECT "Id" FROM changed))
        ),
        attempt AS (
          DELETE FROM {tables.Attempt} WHERE "Type" = {type.Number} AND "Id" = ANY(ARRAY(SELECT "Id" FROM changed))
        )
        """;
}
