using System.Text.Json;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Actions on all that a query finds, which nodes run in batches.</summary>
internal sealed class PostgreSqlOperations(Database database, Tables tables, PostgreSqlActing acting)
{
    private const string Columns =
        """ "Id", "Kind", "Query", "By", "Expected", "StartedAt", "EndedAt", "State", "Changed", "From", "Reason" """;

    public async Task<long> StartAsync(Operation operation, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var sql = $"""
            INSERT INTO {tables.Operation} ("Kind", "Query", "By", "Expected", "From") VALUES ($1, $2, $3, $4, $5) RETURNING "Id"
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                Parameter.Small((int)operation.Kind),
                Parameter.Text(StorableText.Clean(JsonSerializer.Serialize(operation.Query))),
                Parameter.Text(StorableText.Clean(operation.By)),
                Parameter.Big(operation.Expected),
                Parameter.Text(operation.From?.ToString()),
            },
        };
        var id = (long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
        await acting.AuditAsync(connection, AuditEntry.OfStart(operation with { Id = id }), stop).ConfigureAwait(false);
        await transaction.CommitAsync(stop).ConfigureAwait(false);
        return id;
    }

    public async Task<IReadOnlyList<Operation>> GetAsync(long? id, int limit, CancellationToken stop)
    {
        var sql = $"""
            SELECT {Columns} FROM {tables.Operation} WHERE $1 IS NULL OR "Id" = $1 ORDER BY "Id" DESC LIMIT $2
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Big(id), Parameter.Integer(limit) } };
        return await ReadAsync(command, stop).ConfigureAwait(false);
    }

    public async Task<Operation?> TakeAsync(string node, TimeSpan time, CancellationToken stop)
    {
        var sql = $"""
            UPDATE {tables.Operation} SET "Node" = $1, "TakenUntil" = clock_timestamp() + $2
            WHERE "Id" = (
              SELECT "Id" FROM {tables.Operation}
              WHERE "State" = 0 AND ("Node" IS NULL OR "Node" = $1 OR "TakenUntil" < clock_timestamp())
              ORDER BY "Id" LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING {Columns}
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Text(node), Parameter.Interval(time) } };
        return await ReadAsync(command, stop).ConfigureAwait(false) is [var taken] ? taken : null;
    }

    public async Task<bool> EndAsync(OperationEnd end, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(end);
        var entry = AuditEntry.OfEnd(end, 0);
        var sql = $"""
            WITH ended AS (
              UPDATE {tables.Operation} SET "State" = $2, "Reason" = $3, "EndedAt" = clock_timestamp() WHERE "Id" = $1 AND "State" = 0
              RETURNING "Changed"
            ),
            audited AS (
              INSERT INTO {tables.Audit} ("By", "What", "On", "Changed") SELECT $4, $5, $6, "Changed" FROM ended
            )
            SELECT count(*) = 1 FROM ended
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                Parameter.Big(end.Id),
                Parameter.Small((int)end.State),
                Parameter.Text(StorableText.CleanOrNull(end.Reason)),
                Parameter.Text(StorableText.Clean(entry.By)),
                Parameter.Text(entry.What),
                Parameter.Text(entry.On),
            },
        };
        return (bool)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
    }

    private static async Task<IReadOnlyList<Operation>> ReadAsync(NpgsqlCommand command, CancellationToken stop)
    {
        var operations = new List<Operation>();
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            var query = JsonSerializer.Deserialize<MessageQuery>(reader.GetString(2))!;
            operations.Add(new((MessageActionKind)reader.GetInt16(1), query, reader.GetString(3), reader.GetInt64(4))
            {
                Id = reader.GetInt64(0),
                StartedAt = reader.GetFieldValue<DateTimeOffset>(5),
                EndedAt = reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
                State = (OperationState)reader.GetInt16(7),
                Changed = reader.GetInt64(8),
                From = reader.IsDBNull(9) || !PageKey.TryParse(reader.GetString(9), out var key) ? null : key,
                Reason = reader.IsDBNull(10) ? null : reader.GetString(10),
            });
        }
        return operations;
    }
}
