using System.Text.Json;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Keeps nodes and leases, under the write lock.</summary>
internal sealed class Leasing(Database database, Lanes lanes)
{
    public Task UpdateAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var changes = decide(Read(connection, transaction));
                RemoveNodes(connection, transaction, changes.RemovedNodes);
                if (changes.Node is not null)
                    Write(connection, transaction, changes.Node);
                Write(connection, transaction, changes.Leases);
                return changes;
            },
            stop);

    private readonly string _nodes = $"""
        SELECT Name, ExpiresAt, Lanes FROM {database.Tables.Node} ORDER BY Name
        """;

    private readonly string _leases = $"""
        SELECT Lane, Shard, Node FROM {database.Tables.Lease} ORDER BY Lane, Shard
        """;

    private readonly string _paused = $"SELECT Lane FROM {database.Tables.Paused}";
    private readonly string _operation = $"SELECT 1 FROM {database.Tables.Operation} WHERE State = 0 LIMIT 1";

    private LeaseTable Read(SqliteConnection connection, SqliteTransaction? transaction)
    {
        var known = lanes.All(connection, transaction);
        using var nodes = new Statement(connection, transaction, _nodes);
        using var leases = new Statement(connection, transaction, _leases);
        using var paused = new Statement(connection, transaction, _paused);
        using var operation = new Statement(connection, transaction, _operation);
        return new(
            Clock.Time(Publishing.Now(connection, transaction)),
            nodes.All(row => new NodeRow(
                row.GetString(0),
                Clock.Time(row.GetInt64(1)),
                [.. JsonSerializer.Deserialize<long[]>(row.GetString(2))!.Select(number => known[number])])),
            leases.All(row => new LeaseRow(known[row.GetInt64(0)], row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2))))
        {
            Paused = paused.All(row => known[row.GetInt64(0)]),
            HasOperation = operation.Number() is not null,
        };
    }

    private readonly string _remove = $"""
        DELETE FROM {database.Tables.Node} WHERE Name = $name;
        DELETE FROM {database.Tables.NodeState} WHERE Name = $name
        """;

    private void RemoveNodes(SqliteConnection connection, SqliteTransaction? transaction, IReadOnlyList<string> names)
    {
        using var remove = new Statement(connection, transaction, _remove);
        foreach (var name in names)
            remove.Run(("$name", name));
    }

    private readonly string _writeNode = $"""
        INSERT INTO {database.Tables.Node} (Name, ExpiresAt, Lanes) VALUES ($name, $expiresAt, $lanes)
        ON CONFLICT (Name) DO UPDATE SET ExpiresAt = excluded.ExpiresAt, Lanes = excluded.Lanes;

        INSERT INTO {database.Tables.NodeState} (Name, Troubles, JoinedAt) VALUES ($name, $troubles, {Clock.Now})
        ON CONFLICT (Name) DO UPDATE SET Troubles = excluded.Troubles
        """;

    private void Write(SqliteConnection connection, SqliteTransaction? transaction, NodeRow node)
    {
        using var write = new Statement(connection, transaction, _writeNode);
        write.Run(
            ("$name", node.Name),
            ("$expiresAt", Clock.Micros(node.ExpiresAt)),
            ("$lanes", Statement.Ids(node.Lanes.Select(lane => lanes.FindOrAdd(connection, transaction, lane)))),
            ("$troubles", node.Troubles));
    }

    private readonly string _writeLease = $"""
        INSERT INTO {database.Tables.Lease} (Lane, Shard, Node) VALUES ($lane, $shard, $node)
        ON CONFLICT (Lane, Shard) DO UPDATE SET Node = excluded.Node
        """;

    private void Write(SqliteConnection connection, SqliteTransaction? transaction, IReadOnlyList<LeaseRow> leases)
    {
        using var write = new Statement(connection, transaction, _writeLease);
        foreach (var lease in leases)
            write.Run(("$lane", lanes.FindOrAdd(connection, transaction, lease.Lane)), ("$shard", lease.Shard), ("$node", lease.Node));
    }
}
