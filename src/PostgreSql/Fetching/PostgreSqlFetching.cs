using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Reads what is due: an index walk in each shard, then a probe of the log for each row.</summary>
internal sealed class PostgreSqlFetching
{
    private readonly Database _database;
    private readonly Lanes _lanes;
    private readonly Tables _tables;
    private readonly (string Due, string Next) _outbox;
    private readonly (string Due, string Next) _inbox;

    public PostgreSqlFetching(Database database, Lanes lanes, Tables tables)
    {
        (_database, _lanes, _tables) = (database, lanes, tables);
        _outbox = (DueSql(tables.Published), NextSql(tables.Published));
        _inbox = (DueSql(tables.Received), NextSql(tables.Received));
    }

    public async Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop)
    {
        if (query.Shards.Count == 0 || await _lanes.FindAsync(query.Lane, stop).ConfigureAwait(false) is not { } lane)
            return new([], false, null);

        var connection = await _database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = Batch(query, lane, connection);
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);

        var messages = new List<DueMessage>();
        var candidates = 0L;
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            messages.Add(Read(reader));
            candidates = reader.GetInt64(8);
        }
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        TimeSpan? next = await reader.IsDBNullAsync(0, stop).ConfigureAwait(false) ? null : Seconds(reader.GetDouble(0));
        return new(messages, candidates > messages.Count, next);
    }

    /// <summary>The statements of a fetch: settings of the planner, the rows, the next due time.</summary>
    internal NpgsqlBatch Batch(DueQuery query, short lane, NpgsqlConnection connection)
    {
        var (due, next) = query.Lane.Type == _tables.Published.Type ? _outbox : _inbox;
        var (shards, starts) = (new short[query.Shards.Count], new long[query.Shards.Count]);
        for (var i = 0; i < shards.Length; i++)
            (shards[i], starts[i]) = ((short)query.Shards[i].Shard, query.Shards[i].FromId);
        return new(connection)
        {
            BatchCommands =
            {
                IndexPlans.Command(),
                new(due)
                {
                    Parameters =
                    {
                        Parameter.Small(lane),
                        Parameter.ArrayOf(shards, NpgsqlDbType.Smallint),
                        Parameter.ArrayOf(starts, NpgsqlDbType.Bigint),
                        Parameter.ArrayOf(query.Except as long[] ?? [.. query.Except], NpgsqlDbType.Bigint),
                        Parameter.Integer(query.LimitPerShard),
                        Parameter.Big(query.MaxBytes),
                    },
                },
                new(next) { Parameters = { Parameter.Small(lane), Parameter.ArrayOf(shards, NpgsqlDbType.Smallint) } },
            },
        };
    }

    // Each shard gives one row more than asked, to know whether there are more. NOT IN (SELECT …) is looked up in a hash table,
    // whatever the planner guesses; the test for earlier failed rows of the key runs for keyed rows only, by its index.
    private static string DueSql(TypeTables type) => $"""
        WITH candidate AS MATERIALIZED (
          SELECT d.*, row_number() OVER (PARTITION BY d."Shard" ORDER BY d."Id") AS "Place"
          FROM unnest($2, $3) AS s("Shard", "FromId")
          CROSS JOIN LATERAL (
            ({Walk(type, """d."DueAt" = '-infinity' AND d."KeyHash" IS NULL AND d."Id" >= s."FromId" """, """d."Id" """)})
            UNION ALL
            ({Walk(type, $"""d."DueAt" = '-infinity' AND d."KeyHash" IS NOT NULL AND {IsFree(type)}""", """d."Id" """)})
            UNION ALL
            ({Walk(type, $"""d."DueAt" > '-infinity' AND d."DueAt" <= now() AND (d."KeyHash" IS NULL OR {IsFree(type)})""", """d."DueAt", d."Id" """)})
          ) d
        ),
        chosen AS (
          SELECT *, sum("Size") OVER (ORDER BY "Id") AS "Bytes", row_number() OVER (ORDER BY "Id") AS "Number"
          FROM candidate WHERE "Place" <= $5
        )
        SELECT c."Id", c."Shard", c."KeyHash", c."IsFresh", c."Retries", l."MessageId", l."Name", l."Content",
          (SELECT count(*) FROM candidate)
        FROM chosen c
        CROSS JOIN LATERAL (
          SELECT l."MessageId", l."Name", l."Content" FROM {type.Log} l WHERE l."Id" = c."Id" AND l."Slot" = c."Slot" LIMIT 1
        ) l
        WHERE c."Bytes" <= $6 OR c."Number" = 1
        ORDER BY c."Id"
        """;

    private static string Walk(TypeTables type, string which, string order) => $"""
        SELECT d."Id", d."Slot", d."Shard", d."KeyHash", d."Retries", d."Size", d."DueAt" = '-infinity' AND d."KeyHash" IS NULL AS "IsFresh"
            FROM {type.Due} d
            WHERE d."Lane" = $1 AND d."Shard" = s."Shard" AND {which}
              AND d."Id" NOT IN (SELECT unnest($4))
            ORDER BY {order} LIMIT $5 + 1
        """;

    private static string IsFree(TypeTables type) => $"""
        NOT EXISTS (
                SELECT FROM {type.Due} b
                WHERE b."Lane" = $1 AND b."KeyHash" = d."KeyHash" AND b."Id" < d."Id" AND b."KeyHash" IS NOT NULL AND b."Retries" > 0)
        """;

    private static string NextSql(TypeTables type) => $"""
        SELECT extract(epoch FROM min(n."DueAt") - clock_timestamp())::float8
        FROM unnest($2) AS s("Shard")
        CROSS JOIN LATERAL (
          SELECT d."DueAt" FROM {type.Due} d
          WHERE d."Lane" = $1 AND d."Shard" = s."Shard" AND d."DueAt" > '-infinity' AND d."DueAt" > now() AND d."DueAt" < 'infinity'
          ORDER BY d."DueAt" LIMIT 1
        ) n
        """;

    private static DueMessage Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        Shard = reader.GetInt16(1),
        KeyHash = reader.IsDBNull(2) ? null : reader.GetInt64(2),
        IsFresh = reader.GetBoolean(3),
        Retries = reader.GetInt32(4),
        MessageId = reader.GetString(5),
        Name = reader.GetString(6),
        Content = reader.GetFieldValue<byte[]>(7),
    };

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.FromDays(36500).TotalSeconds));
}
