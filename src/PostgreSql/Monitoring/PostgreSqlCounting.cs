using Cap.Messages;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Counts what is not settled. Every count ends at a bound, and is taken from the index that has these rows and no others.</summary>
/// <param name="database">The database.</param>
/// <param name="tables">The names in it.</param>
/// <param name="most">Rows of an index that are looked at.</param>
internal sealed class PostgreSqlCounting(Database database, Tables tables, long most = MessageCounts.Most)
{
    /// <summary>Due messages that are counted of a shard.</summary>
    private const int MostOfShard = 1_000;

    private readonly string _outboxCounts = CountSql(tables.Published, most);
    private readonly string _inboxCounts = CountSql(tables.Received, most);
    private readonly string _outboxBacklogs = BacklogSql(tables, tables.Published);
    private readonly string _inboxBacklogs = BacklogSql(tables, tables.Received);

    public async Task<MessageCounts> CountAsync(TypeTables type, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { IndexPlans.Command(), new(type == tables.Published ? _outboxCounts : _inboxCounts) },
        };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        var (fresh, keyed, later, delayed, failed, stored) =
            (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
        // Of what has a time, either kind may lie behind the bound.
        return new(fresh + keyed + later - delayed, delayed, failed)
        {
            IsScheduledAtLeast = fresh >= most || keyed >= most || later >= most,
            IsDelayedAtLeast = later >= most,
            IsFailedAtLeast = failed >= most,
            Succeeded = Math.Max(0, stored - fresh - keyed - later - failed),
        };
    }

    public async Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command(), new(_outboxBacklogs), new(_inboxBacklogs) } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        var backlogs = new List<Backlog>();
        foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
        {
            await reader.NextResultAsync(stop).ConfigureAwait(false);
            while (await reader.ReadAsync(stop).ConfigureAwait(false))
            {
                var age = reader.IsDBNull(3) ? (TimeSpan?)null : TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(3)));
                backlogs.Add(new(new(type, reader.GetString(0)), reader.GetInt64(1), reader.GetBoolean(2), age));
            }
        }
        return backlogs;
    }

    // The ids that were given stand for the rows of the logs: counting those takes seconds.
    private static string CountSql(TypeTables type, long most) => $"""
        SELECT
          (SELECT count(*) FROM (SELECT FROM {type.Due} WHERE "DueAt" = '-infinity' AND "KeyHash" IS NULL LIMIT {most}) f),
          (SELECT count(*) FROM (SELECT FROM {type.Due} WHERE "DueAt" = '-infinity' AND "KeyHash" IS NOT NULL LIMIT {most}) k),
          count(*),
          count(*) FILTER (WHERE l."Retries" = 0 AND l."DueAt" > clock_timestamp()),
          (SELECT count(*) FROM (SELECT FROM {type.Due} WHERE "ExpiresAt" IS NOT NULL LIMIT {most}) e),
          (SELECT COALESCE(sum(s."Count"), 0)::bigint FROM (
            {string.Join("\n    UNION ALL ", Enumerable.Range(0, Tables.LogSlots).Select(slot => $"""SELECT max("Id") - min("Id") + 1 AS "Count" FROM {type.LogOf(slot)}"""))}) s)
        FROM (SELECT "Retries", "DueAt" FROM {type.Due} WHERE "DueAt" > '-infinity' LIMIT {most}) l
        """;

    // Of each shard, since the indexes begin with lane and shard; of what waits for its time only what is due, however much waits.
    private static string BacklogSql(Tables tables, TypeTables type) => $"""
        SELECT b."Name", b."Count", b."IsAtLeast",
          extract(epoch FROM clock_timestamp() - LEAST(b."DueAt", (SELECT l."Added" FROM {type.Log} l WHERE l."Id" = b."First")))::float8
        FROM (
          SELECT n."Name", sum(f."Count" + k."Count" + t."Count")::bigint AS "Count",
            bool_or(GREATEST(f."Count", k."Count", t."Count") = {MostOfShard}) AS "IsAtLeast",
            min(LEAST(f."First", k."First")) AS "First", min(t."DueAt") AS "DueAt"
          FROM {tables.Lane} n
          CROSS JOIN generate_series(0, (SELECT "Value"::integer FROM {tables.Setting} WHERE "Name" = '{SchemaScript.ShardsSetting}') - 1) AS s("Shard")
          CROSS JOIN LATERAL ({Fresh(type, "IS NULL")}) f
          CROSS JOIN LATERAL ({Fresh(type, "IS NOT NULL")}) k
          CROSS JOIN LATERAL (
            SELECT count(*) AS "Count", min(x."DueAt") AS "DueAt" FROM (
              SELECT d."DueAt" FROM {type.Due} d
              WHERE d."Lane" = n."Id" AND d."Shard" = s."Shard" AND d."DueAt" > '-infinity' AND d."DueAt" <= now()
              ORDER BY d."DueAt" LIMIT {MostOfShard}) x) t
          WHERE n."Type" = {type.Number}
          GROUP BY n."Name") b
        ORDER BY b."Name"
        """;

    private static string Fresh(TypeTables type, string key) => $"""
        SELECT count(*) AS "Count", min(x."Id") AS "First" FROM (
              SELECT d."Id" FROM {type.Due} d
              WHERE d."Lane" = n."Id" AND d."Shard" = s."Shard" AND d."DueAt" = '-infinity' AND d."KeyHash" {key}
              ORDER BY d."Id" LIMIT {MostOfShard}) x
        """;
}
