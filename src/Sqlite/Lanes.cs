using System.Collections.Concurrent;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Gives each lane a small number, for ever. Thread-safe.</summary>
internal sealed class Lanes(Database database)
{
    private readonly ConcurrentDictionary<Lane, long> _numbers = [];

    private readonly string _find = $"""
        SELECT Id FROM {database.Tables.Lane} WHERE Type = $type AND Name = $name
        """;

    /// <summary>The number of a lane that somebody has used; null for another.</summary>
    /// <remarks>
    /// Asks on a connection of its own and remembers only what is committed: a number made in the application's transaction is void,
    /// and may be given to another lane, when that is rolled back.
    /// </remarks>
    public long? Find(Lane lane)
    {
        if (_numbers.TryGetValue(lane, out var known))
            return known;
        using var rented = database.Rent();
        using var statement = new Statement(rented.Connection, null, _find);
        var number = statement.Number(("$type", (int)lane.Type), ("$name", lane.Name));
        if (number is not null)
            _numbers[lane] = number.Value;
        return number;
    }

    private readonly string _add = $"""
        INSERT INTO {database.Tables.Lane} (Type, Name) VALUES ($type, $name)
        ON CONFLICT (Type, Name) DO UPDATE SET Name = excluded.Name
        RETURNING Id
        """;

    /// <summary>The number of a lane, made in the transaction if need be.</summary>
    public long FindOrAdd(SqliteConnection connection, SqliteTransaction? transaction, Lane lane)
    {
        if (Find(lane) is { } number)
            return number;
        using var statement = new Statement(connection, transaction, _add);
        return statement.Number(("$type", (int)lane.Type), ("$name", lane.Name))!.Value;
    }

    private readonly string _all = $"""
        SELECT Id, Type, Name FROM {database.Tables.Lane}
        """;

    /// <summary>All lanes.</summary>
    public Dictionary<long, Lane> All(SqliteConnection connection, SqliteTransaction? transaction)
    {
        using var statement = new Statement(connection, transaction, _all);
        return statement.All(row => (Id: row.GetInt64(0), Lane: new Lane((MessageType)row.GetInt32(1), row.GetString(2))))
            .ToDictionary(l => l.Id, l => l.Lane);
    }
}
