using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Writes the inbox and its memory of ids.</summary>
internal sealed class Receiving(Database database, Lanes lanes, Attempts attempts)
{
    public async Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop) =>
        messages.Count == 0
            ? []
            : await database.WriteAsync((connection, transaction) => Insert(connection, transaction, messages), stop).ConfigureAwait(false);

    private readonly string _remember = $"""
        INSERT INTO {database.Tables.Seen} (Lane, MessageId, Added) VALUES ($lane, $messageId, $now) ON CONFLICT DO NOTHING
        """;

    private readonly string _insert = $"""
        INSERT INTO {database.Tables.Log(MessageType.Subscribe)} (Lane, MessageId, Name, Key, Added, Content)
        VALUES ($lane, $messageId, $name, $key, $now, CAST($content AS TEXT));

        INSERT INTO {database.Tables.Due(MessageType.Subscribe)} (Id, Lane, Shard, KeyHash, DueAt, Retries, ExpiresAt)
        VALUES (last_insert_rowid(), $lane, $shard, $keyHash, $dueAt, $retries, $expiresAt);

        SELECT last_insert_rowid()
        """;

    private long?[] Insert(SqliteConnection connection, SqliteTransaction? transaction, IReadOnlyList<IncomingMessage> messages)
    {
        var numbers = messages.Select(m => m.Lane).Distinct().ToDictionary(lane => lane, lane => lanes.FindOrAdd(connection, transaction, lane));
        var now = Publishing.Now(connection, transaction);
        using var remember = new Statement(connection, transaction, _remember);
        using var insert = new Statement(connection, transaction, _insert);
        var ids = new long?[messages.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            var message = messages[i];
            var lane = numbers[message.Lane];
            if (remember.Run(("$lane", lane), ("$messageId", message.MessageId), ("$now", now)) == 0)
                continue;
            ids[i] = insert.Number(
                ("$lane", lane),
                ("$messageId", message.MessageId),
                ("$name", message.Name),
                ("$key", message.Key),
                ("$now", now),
                ("$content", Publishing.Bytes(message.Content)),
                ("$shard", message.Shard),
                ("$keyHash", message.KeyHash),
                ("$dueAt", message.Rejected is null ? 0 : null),
                ("$retries", message.Rejected?.Number ?? 0),
                ("$expiresAt", message.Rejected is null ? null : Clock.Add(now, message.RejectedKeepTime)));
            if (message.Rejected is { } rejected)
                attempts.Add(connection, transaction, MessageType.Subscribe, ids[i]!.Value, rejected);
        }
        return ids;
    }
}
