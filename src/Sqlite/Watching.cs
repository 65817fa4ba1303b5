using System.Text.Json;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>Looks at nodes and leases, and at the file.</summary>
internal sealed class Watching(Database database, Lanes lanes)
{
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
