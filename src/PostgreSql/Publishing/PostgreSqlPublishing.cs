using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Writes the outbox.</summary>
internal sealed class PostgreSqlPublishing(Database database, Lanes lanes, Tables tables)
{
    private readonly TypeTables _outbox = tables.Published;

    // One message is the common case, and this costs a third less than the arrays.
    private readonly string _one = $"""
        WITH input AS MATERIALIZED (SELECT {tables.Published.NextId} AS "Id", {tables.Published.OpenSlot} AS "Slot"),
        log AS (
          INSERT INTO {tables.Published.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
          SELECT "Id", "Slot", $1, $3, $4, $5, $7 FROM input
        )
        INSERT INTO {tables.Published.Due} ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "DueAt")
        SELECT "Id", "Slot", $1, $2, $6, octet_length($7), COALESCE($8, clock_timestamp() + $9, '-infinity') FROM input
        """;

    // No keys, no delays: half as many arrays. The inner query sorts, so the ids are given out in the order of the messages.
    private readonly string _plain = $"""
        WITH input AS MATERIALIZED (
          SELECT {tables.Published.NextId} AS "Id", {tables.Published.OpenSlot} AS "Slot", i.*
          FROM (
            SELECT * FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS u("Shard", "MessageId", "Name", "Content", "Place") ORDER BY "Place"
          ) i
        ),
        log AS (
          INSERT INTO {tables.Published.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Content")
          SELECT "Id", "Slot", $1, "MessageId", "Name", "Content" FROM input
        )
        INSERT INTO {tables.Published.Due} ("Id", "Slot", "Lane", "Shard", "Size", "DueAt")
        SELECT "Id", "Slot", $1, "Shard", octet_length("Content"), '-infinity' FROM input
        """;

    // The same with all that a message may have.
    private readonly string _many = $"""
        WITH input AS MATERIALIZED (
          SELECT {tables.Published.NextId} AS "Id", {tables.Published.OpenSlot} AS "Slot", i.*
          FROM (
            SELECT *
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
              AS u("Shard", "MessageId", "Name", "Content", "Key", "KeyHash", "DueAt", "Delay", "Place")
            ORDER BY "Place"
          ) i
        ),
        log AS (
          INSERT INTO {tables.Published.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
          SELECT "Id", "Slot", $1, "MessageId", "Name", "Key", "Content" FROM input
        )
        INSERT INTO {tables.Published.Due} ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "DueAt")
        SELECT "Id", "Slot", $1, "Shard", "KeyHash", octet_length("Content"), COALESCE("DueAt", clock_timestamp() + "Delay", '-infinity')
        FROM input
        """;

    public async Task PublishAsync(PublishRequest request, CancellationToken stop)
    {
        using var command = Command(request, await lanes.GetAsync(request.Lane, stop).ConfigureAwait(false));
        if (request.Transaction is { } given)
        {
            command.Transaction = await database.CheckAsync(given, stop).ConfigureAwait(false);
            command.Connection = command.Transaction.Connection;
            if (database.Prepares)
                await command.PrepareAsync(stop).ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            return;
        }
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        command.Connection = connection;
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    public void Publish(PublishRequest request)
    {
        using var command = Command(request, lanes.Get(request.Lane));
        if (request.Transaction is { } given)
        {
            command.Transaction = database.Check(given);
            command.Connection = command.Transaction.Connection;
            if (database.Prepares)
                command.Prepare();
            command.ExecuteNonQuery();
            return;
        }
        using var connection = database.Open();
        command.Connection = connection;
        command.ExecuteNonQuery();
    }

    private NpgsqlCommand Command(PublishRequest request, short lane)
    {
        if (request.Lane.Type != _outbox.Type)
            throw new ArgumentException($"The lane is {request.Lane}. Messages are published to an outbox.", nameof(request));
        return request.Messages.Count switch
        {
            0 => throw new ArgumentException("There is no message to publish. Give at least one.", nameof(request)),
            1 => One(request.Messages[0], lane),
            _ when request.Messages.All(m => m is { Key: null, DueAt: null, Delay: null }) => Plain(request.Messages, lane),
            _ => Many(request.Messages, lane),
        };
    }

    private NpgsqlCommand One(NewMessage message, short lane) => new(_one)
    {
        Parameters =
        {
            Parameter.Small(lane),
            Parameter.Small(message.Shard),
            Parameter.Text(message.MessageId),
            Parameter.Text(message.Name),
            Parameter.Text(message.Key),
            Parameter.Big(message.KeyHash),
            Parameter.Bytes(message.Content),
            Parameter.Time(message.DueAt),
            Parameter.Interval(message.Delay),
        },
    };

    private NpgsqlCommand Plain(IReadOnlyList<NewMessage> messages, short lane)
    {
        var count = messages.Count;
        var (shards, ids, names, contents) = (new short[count], new string[count], new string[count], new ReadOnlyMemory<byte>[count]);
        for (var i = 0; i < count; i++)
        {
            var message = messages[i];
            (shards[i], ids[i], names[i], contents[i]) = ((short)message.Shard, message.MessageId, message.Name, message.Content);
        }
        return new(_plain)
        {
            Parameters =
            {
                Parameter.Small(lane),
                Parameter.ArrayOf(shards, NpgsqlDbType.Smallint),
                Parameter.ArrayOf(ids, NpgsqlDbType.Text),
                Parameter.ArrayOf(names, NpgsqlDbType.Text),
                Parameter.ArrayOf(contents, NpgsqlDbType.Bytea),
            },
        };
    }

    private NpgsqlCommand Many(IReadOnlyList<NewMessage> messages, short lane)
    {
        var command = Plain(messages, lane);
        command.CommandText = _many;
        command.Parameters.Add(Parameter.ArrayOf(messages.Select(m => m.Key).ToArray(), NpgsqlDbType.Text));
        command.Parameters.Add(Parameter.ArrayOf(messages.Select(m => m.KeyHash).ToArray(), NpgsqlDbType.Bigint));
        command.Parameters.Add(Parameter.ArrayOf(messages.Select(m => m.DueAt?.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(
            Parameter.ArrayOf(messages.Select(m => m.Delay is { } delay ? Parameter.Limit(delay) : (TimeSpan?)null).ToArray(), NpgsqlDbType.Interval));
        return command;
    }
}
