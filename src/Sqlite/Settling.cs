using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Writes the results of attempts.</summary>
internal sealed class Settling(Database database, Transactions transactions, Attempts attempts)
{
    public Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop) =>
        request.Succeeded.Count == 0 && request.Failed.Count == 0
            ? Task.FromResult<IReadOnlyList<long>>([])
            : database.WriteAsync(
                (connection, transaction) =>
                {
                    Succeed(connection, transaction, request.Lane.Type, request.Succeeded);
                    return Fail(connection, transaction, request.Lane.Type, request.Failed);
                },
                stop);

    public bool Settle(StorageTransaction storageTransaction, Lane lane, DueMessage message)
    {
        var transaction = transactions.Open(storageTransaction);
        return Succeed(transaction.Connection!, transaction, lane.Type, [message.Id]) == 1;
    }

    private readonly Func<MessageType, string> _succeed = type => $"""
        DELETE FROM {database.Tables.Due(type)} WHERE Id IN (SELECT value FROM json_each($ids))
        """;

    private int Succeed(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
            return 0;
        using var succeed = new Statement(connection, transaction, _succeed(type));
        return succeed.Run(("$ids", Statement.Ids(ids)));
    }

    // No row changed: another node was faster, or the message is settled.
    private readonly Func<MessageType, string> _fail = type => $"""
        UPDATE {database.Tables.Due(type)} SET Retries = Retries + 1, DueAt = $dueAt, ExpiresAt = $expiresAt
        WHERE Id = $id AND Retries = $number - 1
        """;

    private IReadOnlyList<long> Fail(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, IReadOnlyList<FailedAttempt> failures)
    {
        if (failures.Count == 0)
            return [];
        var counted = new List<long>(failures.Count);
        var now = Publishing.Now(connection, transaction);
        using var fail = new Statement(connection, transaction, _fail(type));
        foreach (var failed in failures)
        {
            var changed = fail.Run(
                ("$dueAt", failed.RetryIn is { } delay ? Clock.Add(now, delay) : null),
                ("$expiresAt", failed.RetryIn is null ? Clock.Add(now, failed.KeepTime) : null),
                ("$id", failed.Id),
                ("$number", failed.Attempt.Number));
            if (changed == 1)
                attempts.Add(connection, transaction, type, failed.Id, failed.Attempt, failed.KeepAttempts);
            if (changed == 1 || attempts.Has(connection, transaction, type, failed.Id, failed.Attempt))
                counted.Add(failed.Id);
        }
        return counted;
    }
}
