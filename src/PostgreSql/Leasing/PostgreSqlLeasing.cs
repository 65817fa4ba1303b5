using System.Data;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Reads and writes nodes and leases under one lock of the database.</summary>
internal sealed class PostgreSqlLeasing(Database database, Tables tables)
{
    // What is selected is evaluated in its order: the settings, the lock, and then the time. The second statement sees what was committed before
    // the lock was granted. A node that hangs or is cut off here must not stop everybody's heartbeat for longer than a lease lives.
    private readonly string _lock = $"""
        SELECT set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '10s', true), pg_advisory_xact_lock({tables.LeaseLock}), clock_timestamp();
        SELECT "Name", "ExpiresAt", "Lanes", NULL::smallint, NULL FROM {tables.Node}
        UNION ALL
        SELECT "Lane", NULL, NULL, "Shard", "Node" FROM {tables.Lease}
        UNION ALL
        SELECT "Lane", NULL, NULL, '-1'::smallint, NULL FROM {tables.Paused}
        UNION ALL
        SELECT NULL, NULL, NULL, '-2'::smallint, NULL FROM {tables.Operation} WHERE "State" = 0
        """;

    private readonly string _removeNodes = $"""DELETE FROM {tables.Node} WHERE "Name" = ANY($1)""";

    private readonly string _putNode = $"""
        INSERT INTO {tables.Node} ("Name", "ExpiresAt", "Lanes", "Troubles", "JoinedAt", "SchemaVersion")
        VALUES ($1, $2, $3, $4, clock_timestamp(), {SchemaScript.Version})
        ON CONFLICT ("Name") DO UPDATE
          SET "ExpiresAt" = EXCLUDED."ExpiresAt", "Lanes" = EXCLUDED."Lanes", "Troubles" = EXCLUDED."Troubles"
        """;

    private readonly string _putLeases = $"""
        INSERT INTO {tables.Lease} ("Lane", "Shard", "Node") SELECT * FROM unnest($1, $2, $3)
        ON CONFLICT ("Lane", "Shard") DO UPDATE SET "Node" = EXCLUDED."Node"
        """;

    public async Task UpdateAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);

        // Each statement must see what was committed before the lock was granted.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        var changes = decide(await ReadAsync(connection, stop).ConfigureAwait(false));
        using var batch = Write(changes);
        if (batch.BatchCommands.Count > 0)
        {
            batch.Connection = connection;
            await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        }
        await transaction.CommitAsync(stop).ConfigureAwait(false);
    }

    private async Task<LeaseTable> ReadAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        using var command = new NpgsqlCommand(_lock, connection);
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        var now = reader.GetFieldValue<DateTimeOffset>(3);

        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var (nodes, leases, paused) = (new List<NodeRow>(), new List<LeaseRow>(), new List<Lane>());
        var hasOperation = false;
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            if (reader.IsDBNull(0))
                hasOperation = true;
            else if (reader.IsDBNull(3))
                nodes.Add(new(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), [.. reader.GetFieldValue<string[]>(2).Select(Lanes.Read).OfType<Lane>()]));
            else if (Lanes.Read(reader.GetString(0)) is not { } lane)
                continue;
            else if (reader.GetInt16(3) < 0)
                paused.Add(lane);
            else
                leases.Add(new(lane, reader.GetInt16(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
        }
        return new(now, nodes, leases) { Paused = paused, HasOperation = hasOperation };
    }

    private NpgsqlBatch Write(LeaseChanges changes)
    {
        var batch = new NpgsqlBatch();
        if (changes.RemovedNodes.Count > 0)
            batch.BatchCommands.Add(new(_removeNodes) { Parameters = { Parameter.ArrayOf(changes.RemovedNodes.ToArray(), NpgsqlDbType.Text) } });
        if (changes.Node is { } node)
        {
            batch.BatchCommands.Add(new(_putNode)
            {
                Parameters =
                {
                    Parameter.Text(node.Name),
                    Parameter.Time(node.ExpiresAt),
                    Parameter.ArrayOf(node.Lanes.Select(Lanes.Write).ToArray(), NpgsqlDbType.Text),
                    Parameter.Text(StorableText.Clean(node.Troubles)),
                },
            });
        }
        if (changes.Leases.Count > 0)
        {
            batch.BatchCommands.Add(new(_putLeases)
            {
                Parameters =
                {
                    Parameter.ArrayOf(changes.Leases.Select(l => Lanes.Write(l.Lane)).ToArray(), NpgsqlDbType.Text),
                    Parameter.ArrayOf(changes.Leases.Select(l => (short)l.Shard).ToArray(), NpgsqlDbType.Smallint),
                    Parameter.ArrayOf(changes.Leases.Select(l => l.Node).ToArray(), NpgsqlDbType.Text),
                },
            });
        }
        return batch;
    }
}
