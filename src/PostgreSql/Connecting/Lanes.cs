using System.Collections.Concurrent;
using Cap.Messages;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>
/// The numbers that rows carry for their lane. A lane is made on first use, always in a transaction of its own: the application's may
/// roll back, and others must not wait for it.
/// </summary>
internal sealed class Lanes(Database database, Tables tables)
{
    private readonly ConcurrentDictionary<Lane, short> _known = new();

    private readonly string _find = $"""SELECT "Id" FROM {tables.Lane} WHERE "Type" = $1 AND "Name" = $2""";

    // A conflict burns a number of the sequence, so this is tried only after a look.
    private readonly string _make = $"""INSERT INTO {tables.Lane} ("Type", "Name") VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING "Id" """;

    /// <summary>The number of a lane; null when nobody has stored anything in it yet.</summary>
    public async ValueTask<short?> FindAsync(Lane lane, CancellationToken stop)
    {
        if (_known.TryGetValue(lane, out var known))
            return known;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var find = Command(_find, lane, connection);
        return await find.ExecuteScalarAsync(stop).ConfigureAwait(false) is short id ? _known[lane] = id : null;
    }

    /// <summary>The number of a lane, made if need be.</summary>
    public async ValueTask<short> GetAsync(Lane lane, CancellationToken stop)
    {
        if (_known.TryGetValue(lane, out var known))
            return known;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var find = Command(_find, lane, connection);
        using var make = Command(_make, lane, connection);
        while (true)
        {
            if ((await find.ExecuteScalarAsync(stop).ConfigureAwait(false) ?? await make.ExecuteScalarAsync(stop).ConfigureAwait(false)) is short id)
                return _known[lane] = id;
        }
    }

    /// <inheritdoc cref="GetAsync"/>
    public short Get(Lane lane)
    {
        if (_known.TryGetValue(lane, out var known))
            return known;
        using var connection = database.Open();
        using var find = Command(_find, lane, connection);
        using var make = Command(_make, lane, connection);
        while (true)
        {
            if ((find.ExecuteScalar() ?? make.ExecuteScalar()) is short id)
                return _known[lane] = id;
        }
    }

    private NpgsqlCommand Command(string sql, Lane lane, NpgsqlConnection connection) => new(sql, connection)
    {
        Parameters = { Parameter.Small(tables.Of(lane.Type).Number), Parameter.Text(lane.Name) },
    };

    /// <summary>How a lane is written where people read it.</summary>
    public static string Write(Lane lane) => lane.ToString();

    /// <summary>Reads what <see cref="Write"/> has written; null for anything else.</summary>
    public static Lane? Read(string text) =>
        text.StartsWith("published/", StringComparison.Ordinal) ? new(MessageType.Publish, text["published/".Length..])
        : text.StartsWith("received/", StringComparison.Ordinal) ? new(MessageType.Subscribe, text["received/".Length..])
        : null;
}
