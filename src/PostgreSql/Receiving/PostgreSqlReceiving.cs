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
    private readonly ReceiveSql _sql = new(tables);

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
        using var command = await CommandAsync([.. places.Select(place => messages[place])], stop).ConfigureAwait(false);
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        command.Connection = connection;
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            ids[places[(int)reader.GetInt64(0) - 1]] = reader.GetInt64(1);
    }

    private async ValueTask<NpgsqlCommand> CommandAsync(IncomingMessage[] messages, CancellationToken stop)
    {
        if (Array.Exists(messages, m => m.Rejected is not null || m.Lane != messages[0].Lane))
            return await AnyAsync(messages, stop).ConfigureAwait(false);
        var command = new NpgsqlCommand(_sql.Readable)
        {
            Parameters = { Parameter.Small(await lanes.GetAsync(messages[0].Lane, stop).ConfigureAwait(false)) },
        };
        AddCommon(command, messages);
        return command;
    }

    private async ValueTask<NpgsqlCommand> AnyAsync(IncomingMessage[] messages, CancellationToken stop)
    {
        var command = new NpgsqlCommand(_sql.Any);
        var laneIds = new short[messages.Length];
        for (var i = 0; i < laneIds.Length; i++)
            laneIds[i] = await lanes.GetAsync(messages[i].Lane, stop).ConfigureAwait(false);
        command.Parameters.Add(Parameter.ArrayOf(laneIds, NpgsqlDbType.Smallint));
        AddCommon(command, messages);
        AddAttempts(command, messages);
        return command;
    }

    private static void AddCommon(NpgsqlCommand command, IncomingMessage[] messages)
    {
        var count = messages.Length;
        var (shards, slots, seenIds) = (new short[count], new short[count], new byte[count][]);
        var (ids, names, keys, hashes) = (new string[count], new string[count], new string?[count], new long?[count]);
        var contents = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            var message = messages[i];
            shards[i] = (short)message.Shard;
            (slots[i], seenIds[i]) = SeenKey.Of(message);
            (ids[i], names[i]) = (StorableText.Clean(message.MessageId), StorableText.Clean(message.Name));
            (keys[i], hashes[i], contents[i]) = (StorableText.CleanOrNull(message.Key), message.KeyHash, message.Content);
        }
        command.Parameters.Add(Parameter.ArrayOf(shards, NpgsqlDbType.Smallint));
        command.Parameters.Add(Parameter.ArrayOf(slots, NpgsqlDbType.Smallint));
        command.Parameters.Add(Parameter.ArrayOf(seenIds, NpgsqlDbType.Bytea));
        command.Parameters.Add(Parameter.ArrayOf(ids, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(names, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(keys, NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(hashes, NpgsqlDbType.Bigint));
        command.Parameters.Add(Parameter.ArrayOf(contents, NpgsqlDbType.Bytea));
    }

    private static void AddAttempts(NpgsqlCommand command, IncomingMessage[] messages)
    {
        command.Parameters.Add(Parameter.ArrayOf(Array.ConvertAll(messages, m => m.Rejected?.Number), NpgsqlDbType.Integer));
        command.Parameters.Add(Parameter.ArrayOf(Array.ConvertAll(messages, m => m.Rejected?.At.UtcDateTime), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Parameter.ArrayOf(Array.ConvertAll(messages, m => m.Rejected?.Node), NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(Array.ConvertAll(messages, m => m.Rejected?.Duration), NpgsqlDbType.Interval));
        command.Parameters.Add(
            Parameter.ArrayOf(Array.ConvertAll(messages, m => StorableText.CleanOrNull(m.Rejected?.Error)), NpgsqlDbType.Text));
        command.Parameters.Add(
            Parameter.ArrayOf(
                Array.ConvertAll(messages, m => m.Rejected is null ? (TimeSpan?)null : Parameter.Limit(m.RejectedKeepTime)), NpgsqlDbType.Interval));
    }
}
