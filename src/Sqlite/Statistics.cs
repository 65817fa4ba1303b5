using System.Text.Json;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Adds up what nodes have counted, a row for each lane and minute.</summary>
internal sealed class Statistics(Database database, Lanes lanes)
{
    private const long MicrosPerMinute = 60_000_000;

    private readonly string _find = $"""
        SELECT Waited, Took FROM {database.Tables.Statistics} WHERE Minute = $minute AND Lane = $lane
        """;

    private readonly string _add = $"""
        INSERT INTO {database.Tables.Statistics} (Minute, Lane, Succeeded, Failed, GivenUp, Waited, Took)
        VALUES ($minute, $lane, $succeeded, $failed, $givenUp, $waited, $took)
        ON CONFLICT (Minute, Lane) DO UPDATE SET
            Succeeded = Succeeded + excluded.Succeeded, Failed = Failed + excluded.Failed, GivenUp = GivenUp + excluded.GivenUp,
            Waited = excluded.Waited, Took = excluded.Took
        """;

    public Task AddAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var now = Publishing.Now(connection, transaction);
                using var find = new Statement(connection, transaction, _find);
                using var add = new Statement(connection, transaction, _add);
                foreach (var one in statistics)
                {
                    var (minute, lane) = (now - now % MicrosPerMinute, lanes.FindOrAdd(connection, transaction, one.Lane));
                    var known = find.All(row => (Waited: Read(row.GetString(0)), Took: Read(row.GetString(1))), ("$minute", minute), ("$lane", lane));
                    add.Run(
                        ("$minute", minute),
                        ("$lane", lane),
                        ("$succeeded", one.Succeeded),
                        ("$failed", one.Failed),
                        ("$givenUp", one.GivenUp),
                        ("$waited", Sum(one.Waited, known.Count > 0 ? known[0].Waited : [])),
                        ("$took", Sum(one.Took, known.Count > 0 ? known[0].Took : [])));
                }
                return statistics.Count;
            },
            stop);

    // SQLite cannot add up arrays: those of a step come side by side.
    private readonly string _get = $"""
        SELECT Lane, Minute / $step * $step AS Step, sum(Succeeded), sum(Failed), sum(GivenUp),
            group_concat(CASE WHEN $isWithDurations THEN Waited END), group_concat(CASE WHEN $isWithDurations THEN Took END)
        FROM {database.Tables.Statistics} WHERE Minute >= $since GROUP BY Lane, Step ORDER BY Step
        """;

    public IReadOnlyList<LaneStatistics> Get(StatisticsQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return database.Read((connection, transaction) =>
        {
            var known = lanes.All(connection, transaction);
            using var get = new Statement(connection, transaction, _get);
            return get.All(
                row => new LaneStatistics(
                    known[row.GetInt64(0)],
                    Clock.Time(row.GetInt64(1)),
                    row.GetInt64(2),
                    row.GetInt64(3),
                    row.GetInt64(4),
                    Sum(row, 5),
                    Sum(row, 6)),
                ("$since", Clock.Micros(query.Since)),
                ("$step", Clock.Micros(query.Step)),
                ("$isWithDurations", query.IsWithDurations));
        });
    }

    private static long[] Read(string counts) => JsonSerializer.Deserialize<long[]>(counts)!;

    private static long[] Sum(SqliteDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return [];
        var sum = new long[Durations.Steps];
        foreach (var counts in JsonSerializer.Deserialize<long[][]>($"[{row.GetString(column)}]")!)
        {
            for (var step = 0; step < Math.Min(counts.Length, sum.Length); step++)
                sum[step] += counts[step];
        }
        return sum;
    }

    private static string Sum(IReadOnlyList<long> counts, long[] more) =>
        JsonSerializer.Serialize(counts.Select((count, step) => count + (step < more.Length ? more[step] : 0)));
}
