using System.Text.Json;
using Cap.Storage;

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

    private readonly string _since = $"""
        SELECT Lane, Minute, Succeeded, Failed, GivenUp, Waited, Took FROM {database.Tables.Statistics} WHERE Minute >= $since ORDER BY Minute
        """;

    public IReadOnlyList<LaneStatistics> Since(DateTimeOffset since) =>
        database.Read((connection, transaction) =>
        {
            var known = lanes.All(connection, transaction);
            using var read = new Statement(connection, transaction, _since);
            return read.All(
                row => new LaneStatistics(
                    known[row.GetInt64(0)],
                    Clock.Time(row.GetInt64(1)),
                    row.GetInt64(2),
                    row.GetInt64(3),
                    row.GetInt64(4),
                    Read(row.GetString(5)),
                    Read(row.GetString(6))),
                ("$since", Clock.Micros(since)));
        });

    private static long[] Read(string counts) => JsonSerializer.Deserialize<long[]>(counts)!;

    private static string Sum(IReadOnlyList<long> counts, long[] more) =>
        JsonSerializer.Serialize(counts.Select((count, step) => count + (step < more.Length ? more[step] : 0)));
}
