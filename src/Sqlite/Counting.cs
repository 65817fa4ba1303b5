using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Counts what is not settled. Every count ends at a bound, and is taken from the index of the work.</summary>
/// <remarks>
/// That index begins with lane and shard, so it is asked for one shard after the other. One statement for all would be a join, for which SQLite
/// reads the whole table into a Bloom filter once somebody has run ANALYZE.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="lanes">The numbers of the lanes.</param>
/// <param name="most">Rows of a kind that are looked at.</param>
/// <param name="mostOfLane">Due messages that are counted of a lane.</param>
internal sealed class Counting(Database database, Lanes lanes, long most = MessageCounts.Most, long mostOfLane = 10_000)
{
    /// <summary>
    /// Of a shard: what is due, what was given up, what waits for its time, and what of that was never tried. Whether a message was tried is not in
    /// the index: SQLite would rather read the whole table than look up many rows, unless it is told.
    /// </summary>
    public string CountsOfShard(MessageType type) => $"""
        SELECT
            (SELECT count(*) FROM (SELECT 1 FROM {database.Tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt <= $now LIMIT $mostDue)),
            (SELECT count(*) FROM (SELECT 1 FROM {database.Tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt IS NULL LIMIT $mostFailed)),
            count(*), count(*) FILTER (WHERE Retries = 0)
        FROM (
            SELECT Retries FROM {database.Tables.Due(type)} INDEXED BY {database.Tables.Due(type)}_next
            WHERE Lane = $lane AND Shard = $shard AND DueAt > $now LIMIT $mostLater)
        """;

    /// <summary>The ids that were given stand for the rows of the log. Each end has a statement of its own: of both at once, SQLite reads all between.</summary>
    public string Stored(MessageType type) => $"""
        SELECT (SELECT max(Id) FROM {database.Tables.Log(type)}) - (SELECT min(Id) FROM {database.Tables.Log(type)}) + 1
        """;

    public MessageCounts Count(MessageType type) =>
        database.Read((connection, transaction) =>
        {
            var now = Publishing.Now(connection, transaction);
            var (due, failed, later, delayed) = (0L, 0L, 0L, 0L);
            var shards = Shards(connection, transaction);
            using var counts = new Statement(connection, transaction, CountsOfShard(type));
            foreach (var (lane, _) in LanesOf(connection, transaction, type))
            {
                for (var shard = 0; shard < shards; shard++)
                {
                    var more = counts.All(
                        row => (Due: row.GetInt64(0), Failed: row.GetInt64(1), Later: row.GetInt64(2), Delayed: row.GetInt64(3)),
                        ("$lane", lane),
                        ("$shard", shard),
                        ("$now", now),
                        ("$mostDue", most - due),
                        ("$mostFailed", most - failed),
                        ("$mostLater", most - later))[0];
                    (due, failed, later, delayed) = (due + more.Due, failed + more.Failed, later + more.Later, delayed + more.Delayed);
                }
            }
            using var stored = new Statement(connection, transaction, Stored(type));
            return new MessageCounts(due + later - delayed, delayed, failed)
            {
                IsScheduledAtLeast = due >= most || later >= most,
                IsDelayedAtLeast = later >= most,
                IsFailedAtLeast = failed >= most,
                Succeeded = Math.Max(0, (stored.Number() ?? 0) - due - later - failed),
            };
        });

    /// <summary>Of a shard: how much is due, when the oldest of what is due since it was stored was stored, and since when the oldest of the rest is due.</summary>
    public string BacklogOfShard(MessageType type) => $"""
        SELECT
            (SELECT count(*) FROM (SELECT 1 FROM {database.Tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt <= $now LIMIT $most)),
            (SELECT Added FROM {database.Tables.Log(type)} WHERE Id = (
                SELECT min(Id) FROM {database.Tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt = 0)),
            (SELECT min(DueAt) FROM {database.Tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt > 0 AND DueAt <= $now)
        """;

    public IReadOnlyList<Backlog> Backlogs() =>
        database.Read((connection, transaction) =>
        {
            var now = Publishing.Now(connection, transaction);
            var shards = Shards(connection, transaction);
            var all = new List<Backlog>();
            foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
            {
                using var backlog = new Statement(connection, transaction, BacklogOfShard(type));
                foreach (var (lane, named) in LanesOf(connection, transaction, type))
                {
                    var due = 0L;
                    long? oldest = null;
                    for (var shard = 0; shard < shards; shard++)
                    {
                        var more = backlog.All(
                            row => (Due: row.GetInt64(0), Added: Time(row, 1), DueAt: Time(row, 2)),
                            ("$lane", lane),
                            ("$shard", shard),
                            ("$now", now),
                            ("$most", mostOfLane - due))[0];
                        due += more.Due;
                        oldest = new[] { oldest, more.Added, more.DueAt }.Min();
                    }
                    all.Add(new(named, due, due >= mostOfLane, oldest is null ? null : Clock.Span(Math.Max(0, now - oldest.Value))));
                }
            }
            return all;
        });

    private static long? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private IEnumerable<KeyValuePair<long, Lane>> LanesOf(SqliteConnection connection, SqliteTransaction? transaction, MessageType type) =>
        lanes.All(connection, transaction).Where(lane => lane.Value.Type == type).OrderBy(lane => lane.Value.Name, StringComparer.Ordinal);

    private readonly string _shards = $"""
        SELECT CAST(Value AS INTEGER) FROM {database.Tables.Setting} WHERE Name = 'ShardCount'
        """;

    private long Shards(SqliteConnection connection, SqliteTransaction? transaction)
    {
        using var shards = new Statement(connection, transaction, _shards);
        return shards.Number() ?? 0;
    }
}
