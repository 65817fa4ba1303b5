using System.Runtime.InteropServices;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite;

/// <summary>Writes the outbox.</summary>
internal sealed class Publishing(Database database, Lanes lanes, Transactions transactions)
{
    public Task PublishAsync(PublishRequest request, CancellationToken stop)
    {
        if (request.Transaction is null)
            return database.WriteAsync((connection, transaction) => Insert(connection, transaction, request), stop);
        stop.ThrowIfCancellationRequested();
        PublishIn(request.Transaction, request);
        return Task.CompletedTask;
    }

    public void Publish(PublishRequest request)
    {
        if (request.Transaction is null)
            database.Write((connection, transaction) => Insert(connection, transaction, request));
        else
            PublishIn(request.Transaction, request);
    }

    /// <summary>The bytes without a copy, where they are a whole array.</summary>
    public static byte[] Bytes(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : content.ToArray();

    // All or nothing, also when the application goes on with its transaction after an error.
    private void PublishIn(StorageTransaction storageTransaction, PublishRequest request)
    {
        var transaction = transactions.Open(storageTransaction);
        var connection = transaction.Connection!;
        Run(connection, transaction, "SAVEPOINT cap_publish");
        try
        {
            Insert(connection, transaction, request);
        }
        catch
        {
            // Some errors, a full disk among them, have rolled everything back already.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                Run(connection, transaction, "ROLLBACK TO cap_publish; RELEASE cap_publish");
            throw;
        }
        Run(connection, transaction, "RELEASE cap_publish");
    }

    private static void Run(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var statement = new Statement(connection, transaction, sql);
        statement.Run();
    }

    private readonly string _insert = $"""
        INSERT INTO {database.Tables.Log(MessageType.Publish)} (Lane, MessageId, Name, Key, Added, Content)
        VALUES ($lane, $messageId, $name, $key, $now, CAST($content AS TEXT));

        INSERT INTO {database.Tables.Due(MessageType.Publish)} (Id, Lane, Shard, KeyHash, DueAt)
        VALUES (last_insert_rowid(), $lane, $shard, $keyHash, $dueAt)
        """;

    private int Insert(SqliteConnection connection, SqliteTransaction? transaction, PublishRequest request)
    {
        var lane = lanes.FindOrAdd(connection, transaction, request.Lane);
        var now = Now(connection, transaction);
        using var insert = new Statement(connection, transaction, _insert);
        foreach (var message in request.Messages)
        {
            insert.Run(
                ("$lane", lane),
                ("$messageId", message.MessageId),
                ("$name", message.Name),
                ("$key", message.Key),
                ("$now", now),
                ("$content", Bytes(message.Content)),
                ("$shard", message.Shard),
                ("$keyHash", message.KeyHash),
                ("$dueAt", DueAt(message, now)));
        }
        return request.Messages.Count;
    }

    private static long DueAt(NewMessage message, long now) =>
        message.DueAt is { } time ? Clock.DueAt(time)
        : message.Delay is { } delay ? Clock.Add(now, delay)
        : 0;

    private const string SelectNow = $"SELECT {Clock.Now}";

    /// <summary>The database's clock.</summary>
    public static long Now(SqliteConnection connection, SqliteTransaction? transaction)
    {
        using var statement = new Statement(connection, transaction, SelectNow);
        return statement.Number()!.Value;
    }
}
