using System.Text;
using Cap.Messages;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>What people see of the messages, and what they do about them.</summary>
internal sealed class PostgreSqlMonitoring(Database database, Tables tables)
{

    public async Task<IReadOnlyList<StoredMessage>> FindAsync(MessageQuery query, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = new NpgsqlBatch(connection);
        if (query.IsBlocking)
            batch.BatchCommands.Add(IndexPlans.Command());
        batch.BatchCommands.Add(FindCommand(query));
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        if (query.IsBlocking)
            await reader.NextResultAsync(stop).ConfigureAwait(false);
        var found = new List<StoredMessage>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            found.Add(Read(reader, query.Type));
        return found;
    }

    public async Task<MessageCounts> CountAsync(MessageType messageType, CancellationToken stop)
    {
        var sql = $"""
            SELECT count(*) FILTER (WHERE "DueAt" IS NOT NULL AND NOT ("Retries" = 0 AND "DueAt" > clock_timestamp())),
              count(*) FILTER (WHERE "Retries" = 0 AND "DueAt" > clock_timestamp()),
              count(*) FILTER (WHERE "DueAt" IS NULL)
            FROM {tables.Of(messageType).Due}
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection);
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    public async Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType messageType, long id, CancellationToken stop)
    {
        var sql = $"""
            SELECT "Number", "At", "Node", "Duration", "Error"
            FROM {tables.Attempt} WHERE "Type" = {tables.Of(messageType).Number} AND "Id" = $1
            ORDER BY "Number" DESC
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Big(id) } };
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        var attempts = new List<Attempt>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            attempts.Add(new(
                reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetTimeSpan(3), reader.GetString(4)));
        }
        attempts.Reverse();
        return attempts;
    }

    public async Task<int> ActAsync(MessageAction action, CancellationToken stop)
    {
        var type = tables.Of(action.Type);
        long[] ids = [.. action.Ids.Distinct().Order()];
        if (ids.Length == 0)
            return 0;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(action.Kind == MessageActionKind.Retry ? RetrySql(type) : DeleteSql(type), connection)
        {
            Parameters = { Parameter.ArrayOf(ids, NpgsqlDbType.Bigint) },
        };
        return (int)(long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
    }

    // Not -infinity: a row that was delayed may have a smaller id than the fetches of fresh rows look at.
    private static string RetrySql(TypeTables type) => $"""
        WITH retried AS (
          UPDATE {type.Due} SET "DueAt" = clock_timestamp(), "ExpiresAt" = NULL
          WHERE "Id" = ANY($1) AND ("DueAt" IS NULL OR "DueAt" > clock_timestamp())
          RETURNING "Id"
        )
        SELECT count(*) FROM retried
        """;

    private string DeleteSql(TypeTables type) => $"""
        WITH gone AS (
          DELETE FROM {type.Due} WHERE "Id" = ANY($1) RETURNING "Id"
        ),
        log AS (
          DELETE FROM {type.Log} WHERE "Id" = ANY(ARRAY(SELECT "Id" FROM gone))
        ),
        attempt AS (
          DELETE FROM {tables.Attempt} WHERE "Type" = {type.Number} AND "Id" = ANY(ARRAY(SELECT "Id" FROM gone))
        )
        SELECT count(*) FROM gone
        """;

    // Unsettled messages are looked for from their few due rows, the others from the log, newest first either way.
    internal NpgsqlBatchCommand FindCommand(MessageQuery query)
    {
        var type = tables.Of(query.Type);
        var isUnsettled = query.IsBlocking || query.Status is not (null or StatusName.Succeeded);
        var sql = new StringBuilder(query.IsBlocking ? Blocking(type, query.Key is not null) : "").Append($"""
            SELECT l."Id", l."MessageId", n."Name", l."Name", l."Key", l."Content", {StatusColumns.Retries(tables, type)}, l."Added",
              NULLIF(d."DueAt", '-infinity'), {StatusColumns.ExpiresAt(tables)}, {StatusColumns.StatusName}
            FROM {(query.IsBlocking
                ? $"""blocking d CROSS JOIN LATERAL (SELECT * FROM {type.Log} l WHERE l."Id" = d."Id" AND l."Slot" = d."Slot" OFFSET 0) l """
                : isUnsettled
                ? $"""{type.Due} d JOIN {type.Log} l ON l."Id" = d."Id" AND l."Slot" = d."Slot" """
                : $"""{type.Log} l LEFT JOIN {type.Due} d ON d."Id" = l."Id" """)}
            JOIN {tables.Lane} n ON n."Id" = l."Lane"
            WHERE true
            """);
        var command = new NpgsqlBatchCommand();
        if (query is { IsBlocking: true, Key: { } blocked })
            command.Parameters.Add(Parameter.Big(MessageKey.Hash(blocked)));
        if (query.Status is { } status)
            sql.Append(Condition(status));
        And("""l."Name" = """, query.Name is { } name ? Parameter.Text(name) : null);
        // What the outbox has in this place is the version.
        if (query.Group is not null && query.Type == MessageType.Publish)
            sql.Append(" AND false");
        And("""n."Name" = """, query is { Type: MessageType.Subscribe, Group: { } group } ? Parameter.Text(group) : null);
        And("""l."Key" = """, query is { IsBlocking: false, Key: { } key } ? Parameter.Text(key) : null);
        And("""l."Id" = """, query.Id is { } id ? Parameter.Big(id) : null);
        And("""l."MessageId" = """, query.MessageId is { } messageId ? Parameter.Text(messageId) : null);
        And("""l."Id" < """, query.BeforeId is { } before ? Parameter.Big(before) : null);
        command.Parameters.Add(Parameter.Integer(query.Limit));
        sql.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
             ORDER BY {(isUnsettled ? "d" : "l")}."Id" DESC LIMIT ${command.Parameters.Count}
            """);
        command.CommandText = sql.ToString();
        return command;

        void And(string condition, NpgsqlParameter? value)
        {
            if (value is null)
                return;
            command.Parameters.Add(value);
            sql.Append(System.Globalization.CultureInfo.InvariantCulture, $" AND {condition}${command.Parameters.Count}");
        }
    }

    // On its own, so that nothing else can tempt the planner away from the index of failed keys.
    private static string Blocking(TypeTables type, bool ofOneKey) => $"""
        WITH blocking AS MATERIALIZED (
          SELECT d.* FROM {type.Due} d
          WHERE d."KeyHash" IS NOT NULL AND d."Retries" > 0 {(ofOneKey ? """AND d."KeyHash" = $1 """ : "")}AND NOT EXISTS (
            SELECT FROM {type.Due} b
            WHERE b."Lane" = d."Lane" AND b."KeyHash" = d."KeyHash" AND b."Id" < d."Id" AND b."KeyHash" IS NOT NULL AND b."Retries" > 0)
        )

        """;

    private static string Condition(StatusName status) => status switch
    {
        StatusName.Succeeded => """ AND d."Id" IS NULL""",
        StatusName.Failed => """ AND d."DueAt" IS NULL""",
        StatusName.Delayed => """ AND d."Retries" = 0 AND d."DueAt" > clock_timestamp()""",
        _ => """ AND d."DueAt" IS NOT NULL AND NOT (d."Retries" = 0 AND d."DueAt" > clock_timestamp())""",
    };

    private static StoredMessage Read(NpgsqlDataReader reader, MessageType type) => new()
    {
        Id = reader.GetInt64(0),
        MessageId = reader.GetString(1),
        Version = new Lane(type, reader.GetString(2)).Version,
        Group = type == MessageType.Subscribe ? reader.GetString(2) : null,
        Name = reader.GetString(3),
        Key = reader.IsDBNull(4) ? null : reader.GetString(4),
        Content = Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(5)),
        Retries = reader.GetInt32(6),
        Added = reader.GetFieldValue<DateTimeOffset>(7),
        DueAt = reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
        ExpiresAt = reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
        StatusName = Enum.Parse<StatusName>(reader.GetString(10)),
    };
}
