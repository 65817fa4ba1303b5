using Cap.Messages;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>
/// Tells from a time, or from the time in a message id, between which row ids a message is: ids and times grow together, but for the time a
/// transaction takes to store its messages and the difference of clocks, for which there is <see cref="Slack"/>.
/// </summary>
internal sealed class IdRanges(Tables tables)
{
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <summary>An id is made right before its message is stored, unless the clocks of application and database differ.</summary>
    private static readonly TimeSpan IdSlack = TimeSpan.FromSeconds(2);

    /// <summary>Where what a query asks for can be, as far as its times say.</summary>
    public async Task<IdRange> OfTimesAsync(NpgsqlConnection connection, MessageQuery query, CancellationToken stop)
    {
        var type = tables.Of(query.Type);
        return new(
            query.AddedFrom is { } from ? await FirstSinceAsync(connection, type, from - Slack, stop).ConfigureAwait(false) : null,
            query.AddedBefore is { } before ? await FirstSinceAsync(connection, type, before + Slack, stop).ConfigureAwait(false) : null);
    }

    /// <summary>Where a message with this id most likely is; null when nothing is known.</summary>
    public async Task<IdRange?> OfMessageIdAsync(NpgsqlConnection connection, MessageType type, string messageId, CancellationToken stop)
    {
        if (MessageId.TimeOf(messageId) is not { } made)
            return null;
        var (from, to) = (made - IdSlack, made + IdSlack + TimeSpan.FromSeconds(1));
        if (type == MessageType.Subscribe)
        {
            // The memory of the inbox knows when each group got it.
            if (await SeenAsync(connection, messageId, stop).ConfigureAwait(false) is not var (first, last))
                return null;
            (from, to) = (first - IdSlack, last + IdSlack);
        }
        return new(
            await FirstSinceAsync(connection, tables.Of(type), from, stop).ConfigureAwait(false),
            await FirstSinceAsync(connection, tables.Of(type), to, stop).ConfigureAwait(false));
    }

    /// <summary>The first row id of the log that was stored at a time or later, looked for by halving; past the newest when there is none.</summary>
    private static async Task<long> FirstSinceAsync(NpgsqlConnection connection, TypeTables type, DateTimeOffset time, CancellationToken stop)
    {
        var sql = $"""
            WITH RECURSIVE halves ("From", "To") AS (
              SELECT COALESCE(min("Id"), 0), COALESCE(max("Id"), 0) + 1 FROM {type.Log}
              UNION ALL
              SELECT CASE WHEN p."Added" < $1 THEN p."Id" + 1 ELSE h."From" END, CASE WHEN p."Added" < $1 THEN h."To" ELSE m."Id" END
              FROM halves h
              CROSS JOIN LATERAL (SELECT (h."From" + h."To") / 2 AS "Id") m
              LEFT JOIN LATERAL (SELECT l."Id", l."Added" FROM {type.Log} l WHERE l."Id" >= m."Id" ORDER BY l."Id" LIMIT 1) p ON true
              WHERE h."From" < h."To"
            )
            SELECT max("From") FROM halves
            """;
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Time(time) } };
        return (long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
    }

    private async Task<(DateTimeOffset First, DateTimeOffset Last)?> SeenAsync(NpgsqlConnection connection, string messageId, CancellationToken stop)
    {
        var sql = $"""
            SELECT min(s."Added"), max(s."Added") FROM {tables.Seen} s
            WHERE s."Lane" = ANY(ARRAY(SELECT n."Id" FROM {tables.Lane} n)) AND s."Slot" = $1 AND s."MessageId" = $2
            """;
        var key = SeenKey.Of(messageId, MessageId.TimeOf(messageId));
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Small(key.Slot), Parameter.Of(key.Id, NpgsqlDbType.Bytea) } };
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        return await reader.ReadAsync(stop).ConfigureAwait(false) && !reader.IsDBNull(0)
            ? (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1))
            : null;
    }
}
