using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Writes the inbox.</summary>
/// <remarks>
/// A statement can carry 1 GB, which a few hundred of the largest messages exceed; such a batch would fail for ever. So it is cut where
/// it grows large. What an earlier statement has stored when a later one fails is a duplicate the next time, and is fetched from the table.
/// </remarks>
internal sealed class PostgreSqlReceiving(Database database, Lanes lanes, Tables tables, long maxStatementBytes = 64 * 1024 * 1024)
{
    // "seen" inserts in the order of its key: two nodes that store the same ids in different order would deadlock otherwise.
    // IS TRUE keeps the planner from turning IN into a join, which with its guess of ten rows becomes a nested loop over all.
    internal string Sql { get; } = $"""
        WITH input AS MATERIALIZED (
          SELECT *
          FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) WITH ORDINALITY
            AS u("Lane", "Shard", "SeenSlot", "SeenId", "MessageId", "Name", "Key", "KeyHash", "Content",
              "Number", "At", "Node", "Duration", "Error", "KeepTime", "Place")
        ),
        seen AS (
          INSERT INTO {tables.Seen} ("Slot", "Lane", "MessageId")
          SELECT "SeenSlot", "Lane", "SeenId" FROM input ORDER BY "SeenSlot", "Lane", "SeenId"
          ON CONFLICT DO NOTHING
          RETURNING "Slot", "Lane", "MessageId"
        ),
        fresh AS MATERIALIZED (
          SELECT {tables.Received.NextId} AS "Id", {tables.Received.OpenSlot} AS "Slot", f.*
          FROM (
            SELECT *
            FROM input
            WHERE (("SeenSlot", "Lane", "SeenId") IN (SELECT "Slot", "Lane", "MessageId" FROM seen)) IS TRUE
            ORDER BY "Place"
          ) f
        ),
        log AS (
          INSERT INTO {tables.Received.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
          SELECT "Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content" FROM fresh
        ),
        due AS (
          INSERT INTO {tables.Received.Due} ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "Retries", "DueAt", "ExpiresAt")
          SELECT "Id", "Slot", "Lane", "Shard", "KeyHash", octet_length("Content"), COALESCE("Number", 0),
            CASE WHEN "Number" IS NULL THEN '-infinity'::timestamptz END,
            CASE WHEN "Number" IS NOT NULL THEN clock_timestamp() + "KeepTime" END
          FROM fresh
        ),
        attempt AS (
          INSERT INTO {tables.Attempt} ("Type", "Id", "Number", "At", "Node", "Duration", "Error")
          SELECT {tables.Received.Number}, "Id", "Number", "At", "Node", "Duration", "Error" FROM fresh WHERE "Number" IS NOT NULL
        )
        SELECT "Place", "Id" FROM fresh
        """;

    public async Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop)
    {
        var ids = new long?[messages.Count];
        if (messages.Count == 0)
            return ids;

        // The place of each distinct message; a duplicate within the batch keeps its null.
        var places = new List<int>(messages.Count);
        var seen = new HashSet<(Lane Lane, string MessageId)>(messages.Count);
        var bytes = 0L;
        for (var i = 0; i < messages.Count; i++)
        {
            if (!seen.Add((messages[i].Lane, messages[i].MessageId)))
                continue;
            if (bytes + messages[i].Content.Length > maxStatementBytes && places.Count > 0)
            {
                await StoreAsync(messages, places, ids, stop).ConfigureAwait(false);
                places.Clear();
                bytes = 0;
            }
            places.Add(i);
            bytes += messages[i].Content.Length;
        }
        await StoreAsync(messages, places, ids, stop).ConfigureAwait(false);
        return ids;
    }

    private async Task StoreAsync(IReadOnlyList<IncomingMessage> messages, List<int> places, long?[] ids, CancellationToken stop)
    {
        using var command = new NpgsqlCommand(Sql);
        await AddParametersAsync(command, messages, places, stop).ConfigureAwait(false);
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        command.Connection = connection;
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            ids[places[(int)reader.GetInt64(0) - 1]] = reader.GetInt64(1);
    }

    private async Task AddParametersAsync(
        NpgsqlCommand command, IReadOnlyList<IncomingMessage> messages, List<int> places, CancellationToken stop)
    {
        var count = places.Count;
        var (laneIds, shards, slots, seenIds) = (new short[count], new short[count], new short[count], new byte[count][]);
        var (ids, names, keys, hashes) = (new string[count], new string[count], new string?[count], new long?[count]);
        var contents = new ReadOnlyMemory<byte>[count];
        var (numbers, times, nodes) = (new int?[count], new DateTime?[count], new string?[count]);
        var (durations, errors, keepTimes) = (new TimeSpan?[count], new string?[count], new TimeSpan?[count]);
        for (var i = 0; i < count; i++)
        {
            var message = messages[places[i]];
            laneIds[i] = await lanes.GetAsync(message.Lane, stop).ConfigureAwait(false);
            shards[i] = (short)message.Shard;
            (slots[i], seenIds[i]) = SeenKey.Of(message);
            (ids[i], names[i]) = (StorableText.Clean(message.MessageId), StorableText.Clean(message.Name));
            (keys[i], hashes[i], contents[i]) = (StorableText.CleanOrNull(message.Key), message.KeyHash, message.Content);
            if (message.Rejected is { } attempt)
            {
                (numbers[i], times[i], nodes[i]) = (attempt.Number, attempt.At.UtcDateTime, attempt.Node);
                (durations[i], errors[i]) = (attempt.Duration, StorableText.Clean(attempt.Error));
                keepTimes[i] = Parameter.Limit(message.RejectedKeepTime);
            }
        }
        command.Parameters.Add(Parameter.ArrayOf(laneIds, NpgsqlDbType.Smallint));
        command.Parameters.Add(Parameter.ArrayOf(shards, NpgsqlDbType.Smallint));
        command.Parameters.Add(Parameter.ArrayOf(slots, NpgsqlDbType.Smallint));
        command.Parameters.Add(Parameter.ArrayOf(seenIds, NpgsqlDbType.Bytea));
        command.Parameters.Add(Parameter.ArrayOf(ids, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(names, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(keys, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(hashes, NpgsqlDbType.Bigint));
        command.Parameters.Add(Parameter.ArrayOf(contents, NpgsqlDbType.Bytea));
        command.Parameters.Add(Parameter.ArrayOf(numbers, NpgsqlDbType.Integer));
        command.Parameters.Add(Parameter.ArrayOf(times, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Parameter.ArrayOf(nodes, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(durations, NpgsqlDbType.Interval));
        command.Parameters.Add(Parameter.ArrayOf(errors, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(keepTimes, NpgsqlDbType.Interval));
    }
}
