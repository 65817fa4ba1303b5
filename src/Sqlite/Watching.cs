using System.Text.Json;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>Counts work, and looks at nodes and leases.</summary>
internal sealed class Watching(Database database, Lanes lanes)
{
    private readonly Func<MessageType, string> _count = type => $"""
        SELECT count(*), count(*) FILTER (WHERE DueAt IS NULL), count(*) FILTER (WHERE Retries = 0 AND DueAt > $now),
            (SELECT coalesce(max(Id) - min(Id) + 1, 0) FROM {database.Tables.Log(type)})
        FROM (SELECT DueAt, Retries FROM {database.Tables.Due(type)} LIMIT $most)
        """;

    public MessageCounts Count(MessageType type) =>
        database.Read((connection, transaction) =>
        {
            using var count = new Statement(connection, transaction, _count(type));
            return count.All(
                row => new MessageCounts(row.GetInt64(0) - row.GetInt64(1) - row.GetInt64(2), row.GetInt64(2), row.GetInt64(1))
                {
                    Succeeded = Math.Max(0, row.GetInt64(3) - row.GetInt64(0)),
                },
                ("$now", Publishing.Now(connection, transaction)),
                ("$most", MessageCounts.Most))[0];
        });

    private readonly Func<MessageType, string> _backlogs = type => $"""
        SELECT n.Name, count(d.Id), min(CASE WHEN d.DueAt = 0 THEN l.Added ELSE d.DueAt END)
        FROM {database.Tables.Lane} n
        LEFT JOIN (SELECT Id, Lane, DueAt FROM {database.Tables.Due(type)} WHERE DueAt <= $now LIMIT $most) d ON d.Lane = n.Id
        LEFT JOIN {database.Tables.Log(type)} l ON l.Id = d.Id
        WHERE n.Type = $type GROUP BY n.Name ORDER BY n.Name
        """;

    public IReadOnlyList<Backlog> Backlogs() =>
        database.Read((connection, transaction) =>
        {
            var now = Publishing.Now(connection, transaction);
            var all = new List<Backlog>();
            foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
            {
                using var backlogs = new Statement(connection, transaction, _backlogs(type));
                all.AddRange(backlogs.All(
                    row => new Backlog(
                        new(type, row.GetString(0)),
                        row.GetInt64(1),
                        row.GetInt64(1) == MessageCounts.Most,
                        row.IsDBNull(2) ? null : Clock.Span(Math.Max(0, now - row.GetInt64(2)))),
                    ("$now", now),
                    ("$most", MessageCounts.Most),
                    ("$type", (int)type)));
            }
            return all;
        });

    private readonly string _nodes = $"""
        SELECT n.Name, n.ExpiresAt, n.Lanes, s.Troubles, s.JoinedAt
        FROM {database.Tables.Node} n LEFT JOIN {database.Tables.NodeState} s ON s.Name = n.Name ORDER BY n.Name
        """;

    private readonly string _leases = $"""
        SELECT Lane, Shard, Node FROM {database.Tables.Lease} WHERE Node IS NOT NULL ORDER BY Lane, Shard
        """;

    private readonly string _paused = $"""
        SELECT Lane, By, Since FROM {database.Tables.Paused} ORDER BY Lane
        """;

    public Cluster Look() =>
        database.Read((connection, transaction) =>
        {
            var known = lanes.All(connection, transaction);
            using var nodes = new Statement(connection, transaction, _nodes);
            using var leases = new Statement(connection, transaction, _leases);
            using var paused = new Statement(connection, transaction, _paused);
            return new Cluster(
                Clock.Time(Publishing.Now(connection, transaction)),
                nodes.All(row => new NodeRow(
                    row.GetString(0),
                    Clock.Time(row.GetInt64(1)),
                    [.. JsonSerializer.Deserialize<long[]>(row.GetString(2))!.Select(number => known[number])])
                {
                    Troubles = row.IsDBNull(3) ? "" : row.GetString(3),
                    JoinedAt = row.IsDBNull(4) ? null : Clock.Time(row.GetInt64(4)),
                }),
                leases.All(row => new LeaseRow(known[row.GetInt64(0)], row.GetInt32(1), row.GetString(2))),
                paused.All(row => new PausedLane(known[row.GetInt64(0)], row.GetString(1), Clock.Time(row.GetInt64(2)))));
        });

    public DatabaseState State() =>
        database.Read((connection, transaction) =>
        {
            using var version = new Statement(connection, transaction, "SELECT sqlite_version()");
            using var pages = new Statement(connection, transaction, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
            return new DatabaseState(
                Clock.Time(Publishing.Now(connection, transaction)), $"SQLite {version.Text()}", pages.Number(), null, null);
        });
}
