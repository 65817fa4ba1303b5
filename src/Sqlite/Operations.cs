using System.Text.Json;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Does what people want done, and writes down in the same transaction who it was and what it changed.</summary>
internal sealed class Operations(Database database, Acting acting)
{
    private const string Columns = "Id, Kind, Query, By, Expected, StartedAt, EndedAt, State, Changed, \"From\", Reason";

    public async Task<Acted> ActAsync(MessageAction action, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (action.Ids.Count == 0 && action.Operation is null)
            return new(0, 0);
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                if (action.Operation is { } running && !IsRunBy(connection, transaction, running))
                    return new Acted(0, 0) { IsHeld = false };
                var changed = acting.Act(connection, transaction, action);
                if (action.Operation is not { } step)
                    return new Acted(changed, Audit(connection, transaction, AuditEntry.Of(action, changed)));
                MoveOn(connection, transaction, step, changed, action.By);
                return new Acted(changed, 0);
            },
            stop).ConfigureAwait(false);
    }

    // A group whose first message has not come yet has no lane.
    private readonly string _addLane = $"""
        INSERT INTO {database.Tables.Lane} (Type, Name) VALUES ($type, $name) ON CONFLICT DO NOTHING
        """;

    private readonly string _pause = $"""
        INSERT INTO {database.Tables.Paused} (Lane, By, Since)
        SELECT Id, $by, {Clock.Now} FROM {database.Tables.Lane} WHERE Type = $type AND Name = $name
        ON CONFLICT DO NOTHING
        """;

    private readonly string _resume = $"""
        DELETE FROM {database.Tables.Paused} WHERE Lane IN (SELECT Id FROM {database.Tables.Lane} WHERE Type = $type AND Name = $name)
        """;

    public Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                if (request.IsPaused)
                {
                    using var addLane = new Statement(connection, transaction, _addLane);
                    addLane.Run(("$type", (int)request.Lane.Type), ("$name", request.Lane.Name));
                }
                using var pause = new Statement(connection, transaction, request.IsPaused ? _pause : _resume);
                var changed = request.IsPaused
                    ? pause.Run(("$by", request.By), ("$type", (int)request.Lane.Type), ("$name", request.Lane.Name))
                    : pause.Run(("$type", (int)request.Lane.Type), ("$name", request.Lane.Name));
                return new Acted(changed, Audit(connection, transaction, AuditEntry.Of(request, changed)));
            },
            stop);

    public Task<long> AuditAsync(AuditEntry entry, CancellationToken stop) =>
        database.WriteAsync((connection, transaction) => Audit(connection, transaction, entry), stop);

    private readonly string _findAudit = $"""
        SELECT Id, At, By, What, "On", Changed FROM {database.Tables.Audit}
        WHERE ($id IS NULL OR Id = $id) AND ($by IS NULL OR By = $by) AND ($before IS NULL OR Id < $before)
        ORDER BY Id DESC LIMIT $limit
        """;

    public IReadOnlyList<AuditEntry> FindAudit(AuditQuery query) =>
        database.Read((connection, transaction) =>
        {
            using var find = new Statement(connection, transaction, _findAudit);
            return find.All(
                row => new AuditEntry(row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5))
                {
                    Id = row.GetInt64(0),
                    At = Clock.Time(row.GetInt64(1)),
                },
                ("$id", query.Id),
                ("$by", query.By),
                ("$before", query.BeforeId),
                ("$limit", query.Limit));
        });

    private readonly string _start = $"""
        INSERT INTO {database.Tables.Operation} (Kind, Query, By, Expected, StartedAt, "From") VALUES ($kind, $query, $by, $expected, {Clock.Now}, $from) RETURNING Id
        """;

    public Task<long> StartAsync(Operation operation, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var query = JsonSerializer.Serialize(operation.Query);
                using var start = new Statement(connection, transaction, _start);
                var id = start.Number(
                    ("$kind", (int)operation.Kind),
                    ("$query", query),
                    ("$by", operation.By),
                    ("$expected", operation.Expected),
                    ("$from", operation.From?.ToString()))!.Value;
                Audit(connection, transaction, AuditEntry.OfStart(operation with { Id = id }));
                return id;
            },
            stop);

    private readonly string _get = $"""
        SELECT {Columns} FROM {database.Tables.Operation} WHERE $id IS NULL OR Id = $id ORDER BY Id DESC LIMIT $limit
        """;

    public IReadOnlyList<Operation> Get(long? id, int limit) =>
        database.Read((connection, transaction) =>
        {
            using var get = new Statement(connection, transaction, _get);
            return get.All(Read, ("$id", id), ("$limit", limit));
        });

    private readonly string _take = $"""
        UPDATE {database.Tables.Operation} SET Node = $node, TakenUntil = {Clock.Now} + $time
        WHERE Id = (
            SELECT Id FROM {database.Tables.Operation}
            WHERE State = 0 AND (Node IS NULL OR Node = $node OR TakenUntil < {Clock.Now}) ORDER BY Id LIMIT 1)
        RETURNING {Columns}
        """;

    public Task<Operation?> TakeAsync(string node, TimeSpan time, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                using var take = new Statement(connection, transaction, _take);
                return take.All(Read, ("$node", node), ("$time", Clock.Micros(time))).FirstOrDefault();
            },
            stop);

    private readonly string _end = $"""
        UPDATE {database.Tables.Operation} SET State = $state, Reason = $reason, EndedAt = {Clock.Now} WHERE Id = $id AND State = 0 RETURNING Changed
        """;

    public Task<bool> EndAsync(OperationEnd end, CancellationToken stop) =>
        database.WriteAsync((connection, transaction) => End(connection, transaction, end), stop);

    private bool End(SqliteConnection connection, SqliteTransaction? transaction, OperationEnd end)
    {
        using var statement = new Statement(connection, transaction, _end);
        if (statement.Number(("$state", (int)end.State), ("$reason", end.Reason), ("$id", end.Id)) is not { } changed)
            return false;
        Audit(connection, transaction, AuditEntry.OfEnd(end, changed));
        return true;
    }

    private readonly string _isRunBy = $"""
        SELECT count(*) FROM {database.Tables.Operation} WHERE Id = $id AND State = 0 AND Node = $node
        """;

    private bool IsRunBy(SqliteConnection connection, SqliteTransaction? transaction, OperationStep step)
    {
        using var isRunBy = new Statement(connection, transaction, _isRunBy);
        return isRunBy.Number(("$id", step.Id), ("$node", step.Node)) == 1;
    }

    private readonly string _moveOn = $"""
        UPDATE {database.Tables.Operation} SET Changed = Changed + $changed, "From" = $from WHERE Id = $id
        """;

    private void MoveOn(SqliteConnection connection, SqliteTransaction? transaction, OperationStep step, int changed, string by)
    {
        using (var moveOn = new Statement(connection, transaction, _moveOn))
            moveOn.Run(("$changed", changed), ("$from", step.From?.ToString()), ("$id", step.Id));
        if (step.From is null)
            End(connection, transaction, new(step.Id, OperationState.Done, by, null));
    }

    private readonly string _audit = $"""
        INSERT INTO {database.Tables.Audit} (At, By, What, "On", Changed) VALUES ({Clock.Now}, $by, $what, $on, $changed) RETURNING Id
        """;

    private long Audit(SqliteConnection connection, SqliteTransaction? transaction, AuditEntry entry)
    {
        using var audit = new Statement(connection, transaction, _audit);
        return audit.Number(("$by", entry.By), ("$what", entry.What), ("$on", entry.On), ("$changed", entry.Changed))!.Value;
    }

    private static Operation Read(SqliteDataReader row) =>
        new((MessageActionKind)row.GetInt32(1), JsonSerializer.Deserialize<MessageQuery>(row.GetString(2))!, row.GetString(3), row.GetInt64(4))
        {
            Id = row.GetInt64(0),
            StartedAt = Clock.Time(row.GetInt64(5)),
            EndedAt = row.IsDBNull(6) ? null : Clock.Time(row.GetInt64(6)),
            State = (OperationState)row.GetInt32(7),
            Changed = row.GetInt64(8),
            From = row.IsDBNull(9) || !PageKey.TryParse(row.GetString(9), out var key) ? null : key,
            Reason = row.IsDBNull(10) ? null : row.GetString(10),
        };
}
