using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Adds up what nodes have counted, a row for each lane and minute.</summary>
internal sealed class PostgreSqlStatistics(Database database, Lanes lanes, Tables tables)
{
    // In the order of the key: two nodes that add to the same rows in another order would deadlock.
    private readonly string _add = $"""
        INSERT INTO {tables.Statistics} AS s ("Lane", "Minute", "Succeeded", "Failed", "GivenUp", "Waited", "Took")
        VALUES ($1, date_trunc('minute', clock_timestamp()), $2, $3, $4, $5, $6)
        ON CONFLICT ("Minute", "Lane") DO UPDATE SET
          "Succeeded" = s."Succeeded" + EXCLUDED."Succeeded", "Failed" = s."Failed" + EXCLUDED."Failed", "GivenUp" = s."GivenUp" + EXCLUDED."GivenUp",
          "Waited" = ARRAY(SELECT COALESCE(a, 0) + COALESCE(b, 0) FROM unnest(s."Waited", EXCLUDED."Waited") AS u (a, b)),
          "Took" = ARRAY(SELECT COALESCE(a, 0) + COALESCE(b, 0) FROM unnest(s."Took", EXCLUDED."Took") AS u (a, b))
        """;

    private readonly string _get = GetSql(tables, "'{}'::bigint[]", "'{}'::bigint[]");
    private readonly string _getWithDurations = GetSql(tables, SumOf("Waited"), SumOf("Took"));

    public async Task AddAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop)
    {
        if (statistics.Count == 0)
            return;
        using var batch = new NpgsqlBatch();
        foreach (var one in statistics.OrderBy(s => s.Lane.Type).ThenBy(s => s.Lane.Name, StringComparer.Ordinal))
        {
            batch.BatchCommands.Add(new(_add)
            {
                Parameters =
                {
                    Parameter.Small(await lanes.GetAsync(one.Lane, stop).ConfigureAwait(false)),
                    Parameter.Big(one.Succeeded),
                    Parameter.Big(one.Failed),
                    Parameter.Big(one.GivenUp),
                    Parameter.ArrayOf(one.Waited.ToArray(), NpgsqlDbType.Bigint),
                    Parameter.ArrayOf(one.Took.ToArray(), NpgsqlDbType.Bigint),
                },
            });
        }
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        batch.Connection = connection;
        await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<LaneStatistics>> GetAsync(StatisticsQuery query, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(query);
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(query.IsWithDurations ? _getWithDurations : _get, connection)
        {
            Parameters = { Parameter.Time(query.Since), Parameter.Of(query.Step.TotalSeconds, NpgsqlDbType.Double) },
        };
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        var rows = new List<LaneStatistics>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            rows.Add(new(
                new(tables.Published.Number == reader.GetInt16(0) ? tables.Published.Type : tables.Received.Type, reader.GetString(1)),
                DateTimeOffset.UnixEpoch.AddTicks(reader.GetInt64(2) * query.Step.Ticks),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetInt64(5),
                reader.GetFieldValue<long[]>(6),
                reader.GetFieldValue<long[]>(7)));
        }
        return rows;
    }

    // date_bin() came with PostgreSQL 14.
    private static string GetSql(Tables tables, string waited, string took) => $"""
        SELECT n."Type", n."Name", floor(extract(epoch FROM s."Minute") / $2)::bigint AS "Step",
          sum(s."Succeeded")::bigint, sum(s."Failed")::bigint, sum(s."GivenUp")::bigint,
          {waited},
          {took}
        FROM {tables.Statistics} s JOIN {tables.Lane} n ON n."Id" = s."Lane"
        WHERE s."Minute" >= $1
        GROUP BY n."Type", n."Name", "Step"
        ORDER BY "Step"
        """;

    // Number by number: to unnest the arrays and put them together again would be a row for each of them.
    private static string SumOf(string counts)
    {
        var sums = Enumerable.Range(1, Durations.Steps).Select(step => $"""COALESCE(sum(s."{counts}"[{step}]), 0)::bigint""");
        return $"ARRAY[{string.Join(", ", sums)}]";
    }
}
