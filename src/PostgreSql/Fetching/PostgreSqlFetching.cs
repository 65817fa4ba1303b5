using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Reads what is due: an index walk in each shard, and if that finds any, the messages from their slots of the log.</summary>
/// <remarks>
/// Many fetches find nothing. One statement for all of it plans, locks and opens the partitions of the log even then, which is about
/// half of its cost.
/// </remarks>
internal sealed class PostgreSqlFetching(Database database, Lanes lanes, Tables tables)
{
    private readonly KeyedCursors _outboxCursors = new(tables.Published);
    private readonly KeyedCursors _inboxCursors = new(tables.Received);
    private readonly string _outboxDue = DueSql(tables.Published);
    private readonly string _inboxDue = DueSql(tables.Received);
    private readonly string _outboxLoad = LoadSql(tables.Published);
    private readonly string _inboxLoad = LoadSql(tables.Received);

    public async Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop)
    {
        if (query.Shards.Count == 0 || await lanes.FindAsync(query.Lane, stop).ConfigureAwait(false) is not { } lane)
            return new([], false, null);

        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var cursors = CursorsOf(query.Lane);
        short[] shards = [.. query.Shards.Select(s => (short)s.Shard)];
        await cursors.AdvanceAsync(connection, lane, shards, stop).ConfigureAwait(false);
        var (found, next) = await FindAsync(connection, query, lane, cursors.BeginFetch(lane, shards), stop).ConfigureAwait(false);
        cursors.EndFetch(lane, found.Where(row => row is { KeyHash: not null, IsFresh: true }).Select(row => (row.Shard, row.Id)));
        var chosen = Choose(found, query);
        var messages = chosen.Count == 0 ? [] : await LoadAsync(connection, query.Lane, chosen, stop).ConfigureAwait(false);

        // Also true when a message was carried over to another slot just now: it is there the next time.
        return new(messages, found.Count > messages.Count, next);
    }

    /// <summary>Settings of the planner, the due rows.</summary>
    internal NpgsqlBatch FindBatch(DueQuery query, short lane, long[] keyedFrom, NpgsqlConnection connection)
    {
        var (shards, starts) = (new short[query.Shards.Count], new long[query.Shards.Count]);
        for (var i = 0; i < shards.Length; i++)
            (shards[i], starts[i]) = ((short)query.Shards[i].Shard, query.Shards[i].FromId);
        return new(connection)
        {
            BatchCommands =
            {
                IndexPlans.Command(),
                new(query.Lane.Type == tables.Published.Type ? _outboxDue : _inboxDue)
                {
                    Parameters =
                    {
                        Parameter.Small(lane),
                        Parameter.ArrayOf(shards, NpgsqlDbType.Smallint),
                        Parameter.ArrayOf(starts, NpgsqlDbType.Bigint),
                        Parameter.ArrayOf(query.Except as long[] ?? [.. query.Except], NpgsqlDbType.Bigint),
                        Parameter.Integer(query.LimitPerShard),
                        Parameter.ArrayOf(keyedFrom, NpgsqlDbType.Bigint),
                        Parameter.ArrayOf(query.ExceptKeys as long[] ?? [.. query.ExceptKeys], NpgsqlDbType.Bigint),
                    },
                },
            },
        };
    }

    /// <summary>Settings of the planner, the messages of each slot.</summary>
    internal NpgsqlBatch LoadBatch(Lane lane, IEnumerable<(short Slot, long[] Ids)> slots, NpgsqlConnection connection)
    {
        var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command() } };
        foreach (var (slot, ids) in slots)
        {
            batch.BatchCommands.Add(new(lane.Type == tables.Published.Type ? _outboxLoad : _inboxLoad)
            {
                Parameters = { Parameter.Small(slot), Parameter.ArrayOf(ids, NpgsqlDbType.Bigint) },
            });
        }
        return batch;
    }

    internal KeyedCursors CursorsOf(Lane lane) => lane.Type == tables.Published.Type ? _outboxCursors : _inboxCursors;

    private async Task<(List<Row> Rows, TimeSpan? Next)> FindAsync(
        NpgsqlConnection connection, DueQuery query, short lane, long[] keyedFrom, CancellationToken stop)
    {
        using var batch = FindBatch(query, lane, keyedFrom, connection);
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var rows = new List<Row>();
        double? next = null;
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            if (reader.IsDBNull(7))
                rows.Add(Read(reader));
            else
                next = Math.Min(next ?? double.MaxValue, reader.GetDouble(7));
        }
        rows.Sort((a, b) => a.Id.CompareTo(b.Id));
        return (rows, next is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.FromDays(36500).TotalSeconds)) : null);
    }

    // Each kind of row gives up to the limit, so the smallest ids of each shard are picked here.
    private static List<Row> Choose(List<Row> found, DueQuery query)
    {
        var chosen = new List<Row>(found.Count);
        var taken = new Dictionary<short, int>(query.Shards.Count);
        var bytes = 0L;
        foreach (var row in found)
        {
            var place = taken[row.Shard] = taken.GetValueOrDefault(row.Shard) + 1;
            if (place > query.LimitPerShard)
                continue;
            bytes += row.Size;
            if (bytes > query.MaxBytes && chosen.Count > 0)
                break;
            chosen.Add(row);
        }
        return chosen;
    }

    private async Task<List<DueMessage>> LoadAsync(NpgsqlConnection connection, Lane lane, List<Row> rows, CancellationToken stop)
    {
        var loaded = new Dictionary<long, (string MessageId, string Name, byte[] Content)>(rows.Count);
        using var batch = LoadBatch(
            lane, rows.GroupBy(row => row.Slot, (slot, of) => (slot, of.Select(row => row.Id).ToArray())), connection);
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.NextResultAsync(stop).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(stop).ConfigureAwait(false))
                loaded[reader.GetInt64(0)] = (reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3));
        }

        // One that was carried to another slot between the two statements holds up the later ones of its key: it is found the next time.
        var messages = new List<DueMessage>(rows.Count);
        var heldUp = new HashSet<long>();
        foreach (var row in rows)
        {
            if (row.KeyHash is { } key && heldUp.Contains(key))
                continue;
            if (loaded.TryGetValue(row.Id, out var message))
                messages.Add(row.With(message.MessageId, message.Name, message.Content));
            else if (row.KeyHash is { } missing)
                heldUp.Add(missing);
        }
        return messages;
    }

    // Each shard gives one row more than asked, to know whether there are more, and the next one that waits for its time.
    private static string DueSql(TypeTables type) => $"""
        SELECT d.*
        FROM unnest($2, $3, $6) AS s("Shard", "FromId", "KeyedFromId")
        CROSS JOIN LATERAL (
          ({Walk(type, """d."DueAt" = '-infinity' AND d."KeyHash" IS NULL AND d."Id" >= s."FromId" """, """d."Id" """)})
          UNION ALL
          ({WalkPastKeys(type, $"""d."DueAt" = '-infinity' AND d."KeyHash" IS NOT NULL AND d."Id" >= s."KeyedFromId" AND {IsFree(type)}""", """d."Id" """)})
          UNION ALL
          ({WalkPastKeys(type, $"""d."DueAt" > '-infinity' AND d."DueAt" <= now() AND (d."KeyHash" IS NULL OR {IsFree(type)})""", """d."DueAt", d."Id" """)})
          UNION ALL
          (SELECT d."Id", d."Slot", d."Shard", d."KeyHash", d."Retries", d."Size", false, extract(epoch FROM d."DueAt" - clock_timestamp())::float8
          FROM {type.Due} d
          WHERE d."Lane" = $1 AND d."Shard" = s."Shard" AND d."DueAt" > '-infinity' AND d."DueAt" > now() AND d."DueAt" < 'infinity'
          ORDER BY d."DueAt" LIMIT 1)
        ) d
        """;

    private static string Walk(TypeTables type, string which, string order) => $"""
        SELECT {Columns} FROM {type.Due} d
          WHERE {Found(which)}
          ORDER BY {order} LIMIT $5 + 1
        """;

    // What is passed over is walked over, and only so far: the inner limit is reached by that alone.
    private static string WalkPastKeys(TypeTables type, string which, string order) => $"""
        SELECT {Columns} FROM (
            SELECT d.* FROM {type.Due} d
            WHERE {Found(which)}
            ORDER BY {order} LIMIT {DueQuery.MaxPassedOver} + $5 + 1) d
          WHERE d."KeyHash" IS NULL OR d."KeyHash" NOT IN (SELECT unnest($7))
          ORDER BY {order} LIMIT $5 + 1
        """;

    private const string Columns =
        """d."Id", d."Slot", d."Shard", d."KeyHash", d."Retries", d."Size", d."DueAt" = '-infinity' AS "IsFresh", NULL::float8 AS "Wait" """;

    // NOT IN (SELECT …) is looked up in a hash table, whatever the planner guesses.
    private static string Found(string which) => $"""d."Lane" = $1 AND d."Shard" = s."Shard" AND {which} AND d."Id" NOT IN (SELECT unnest($4))""";

    // An index has the failed rows of each key.
    private static string IsFree(TypeTables type) => $"""
        NOT EXISTS (
              SELECT FROM {type.Due} b
              WHERE b."Lane" = $1 AND b."KeyHash" = d."KeyHash" AND b."Id" < d."Id" AND b."KeyHash" IS NOT NULL AND b."Retries" > 0)
        """;

    private static string LoadSql(TypeTables type) =>
        $"""SELECT l."Id", l."MessageId", l."Name", l."Content" FROM {type.Log} l WHERE l."Slot" = $1 AND l."Id" = ANY($2)""";

    private static Row Read(NpgsqlDataReader reader) => new(
        Id: reader.GetInt64(0),
        Slot: reader.GetInt16(1),
        Shard: reader.GetInt16(2),
        KeyHash: reader.IsDBNull(3) ? null : reader.GetInt64(3),
        Retries: reader.GetInt32(4),
        Size: reader.GetInt32(5),
        IsFresh: reader.GetBoolean(6));

    private readonly record struct Row(long Id, short Slot, short Shard, long? KeyHash, int Retries, int Size, bool IsFresh)
    {
        public DueMessage With(string messageId, string name, byte[] content) => new()
        {
            Id = Id,
            Shard = Shard,
            KeyHash = KeyHash,
            IsFresh = IsFresh && KeyHash is null,
            Retries = Retries,
            MessageId = messageId,
            Name = name,
            Content = content,
        };
    }
}
