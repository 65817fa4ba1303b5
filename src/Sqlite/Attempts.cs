using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>The failed attempts of each message, of which the newest are kept.</summary>
internal sealed class Attempts(Database database)
{
    private readonly string _add = $"""
        INSERT INTO {database.Tables.Attempt} (Type, Id, Number, At, Node, Duration, Error)
        VALUES ($type, $id, $number, $at, $node, $duration, $error)
        ON CONFLICT (Type, Id, Number) DO NOTHING;

        DELETE FROM {database.Tables.Attempt} WHERE Type = $type AND Id = $id AND Number <= $number - $keep
        """;

    public void Add(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, long id, Attempt attempt, int keep = 20)
    {
        using var add = new Statement(connection, transaction, _add);
        add.Run(
            ("$type", (int)type),
            ("$id", id),
            ("$number", attempt.Number),
            ("$at", Clock.Micros(attempt.At)),
            ("$node", attempt.Node),
            ("$duration", Clock.Micros(attempt.Duration)),
            ("$error", attempt.Error),
            ("$keep", keep));
    }

    private readonly string _has = $"""
        SELECT 1 FROM {database.Tables.Attempt} WHERE Type = $type AND Id = $id AND Number = $number AND At = $at AND Node = $node
        """;

    /// <summary>Whether this report was written before.</summary>
    public bool Has(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, long id, Attempt attempt)
    {
        using var has = new Statement(connection, transaction, _has);
        return has.Number(
            ("$type", (int)type), ("$id", id), ("$number", attempt.Number), ("$at", Clock.Micros(attempt.At)), ("$node", attempt.Node)) is not null;
    }

    private readonly string _of = $"""
        SELECT Number, At, Node, Duration, Error FROM {database.Tables.Attempt} WHERE Type = $type AND Id = $id ORDER BY Number
        """;

    public IReadOnlyList<Attempt> Of(MessageType type, long id) =>
        database.Read((connection, transaction) =>
        {
            using var of = new Statement(connection, transaction, _of);
            return of.All(
                row => new Attempt(row.GetInt32(0), Clock.Time(row.GetInt64(1)), row.GetString(2), Clock.Span(row.GetInt64(3)), row.GetString(4)),
                ("$type", (int)type),
                ("$id", id));
        });
}
