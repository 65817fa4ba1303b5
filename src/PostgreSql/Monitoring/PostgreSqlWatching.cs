using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Looks at nodes, leases and the state of the database, without a lock.</summary>
internal sealed class PostgreSqlWatching(Database database, Tables tables)
{
    private readonly string _nodes = $"""
        SELECT "Name", "ExpiresAt", "Lanes", "Troubles", "JoinedAt", clock_timestamp() FROM {tables.Node} ORDER BY "Name"
        """;

    private readonly string _leases = $"""SELECT "Lane", "Shard", "Node" FROM {tables.Lease} WHERE "Node" IS NOT NULL ORDER BY "Lane", "Shard" """;
    private readonly string _paused = $"""SELECT "Lane", "By", "Since" FROM {tables.Paused} ORDER BY "Lane" """;

    // What a role may not see of other sessions is null. A transaction that was prepared for a two-phase commit has no session any more.
    private readonly string _state = $"""
        SELECT clock_timestamp(), current_setting('server_version'), o."Age", o."Of", (
          SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
          WHERE c.relnamespace = to_regnamespace('"{tables.Schema}"') AND c.relkind = 'r')
        FROM (SELECT) one
        LEFT JOIN (
          SELECT extract(epoch FROM clock_timestamp() - t."Began")::float8 AS "Age", t."Of" FROM (
            SELECT a.xact_start AS "Began", concat_ws(' ', NULLIF(a.application_name, ''), a.usename, 'process ' || a.pid) AS "Of"
            FROM pg_stat_activity a
            WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND a.xact_start IS NOT NULL
            UNION ALL
            SELECT p.prepared, concat_ws(' ', 'prepared', p.gid, p.owner) FROM pg_prepared_xacts p WHERE p.database = current_database()
          ) t ORDER BY t."Began" LIMIT 1) o ON true
        """;

    public async Task<Cluster> GetClusterAsync(CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("SELECT clock_timestamp()"), new(_nodes), new(_leases), new(_paused) } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        var now = reader.GetFieldValue<DateTimeOffset>(0);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var (nodes, leases, paused) = (new List<NodeRow>(), new List<LeaseRow>(), new List<PausedLane>());
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            nodes.Add(new(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), [.. reader.GetFieldValue<string[]>(2).Select(Lanes.Read).OfType<Lane>()])
            {
                Troubles = reader.IsDBNull(3) ? "" : reader.GetString(3),
                JoinedAt = reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
            });
        }
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            if (Lanes.Read(reader.GetString(0)) is { } lane)
                leases.Add(new(lane, reader.GetInt16(1), reader.GetString(2)));
        }
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            if (Lanes.Read(reader.GetString(0)) is { } lane)
                paused.Add(new(lane, reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }
        return new(now, nodes, leases, paused);
    }

    public async Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop)
    {
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(_state, connection);
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        return new(
            reader.GetFieldValue<DateTimeOffset>(0),
            $"PostgreSQL {reader.GetString(1)}",
            reader.IsDBNull(4) ? null : reader.GetInt64(4),
            reader.IsDBNull(2) ? null : TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(2))),
            reader.IsDBNull(3) ? null : reader.GetString(3));
    }
}
