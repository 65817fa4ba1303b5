using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Purges what is old. The write lock sees to it that one node does at a time.</summary>
internal sealed class Expiring(Database database, Acting acting)
{
    // Others wait meanwhile: a few milliseconds of work.
    private const int MostPerCall = 1000;

    public Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var now = Publishing.Now(connection, transaction);
                var forgotten = Forget(connection, transaction, now - Clock.Micros(request.RememberIdsFor));
                ForgetPeople(connection, transaction, now);
                var succeeded = 0;
                var hasMore = forgotten == MostPerCall;
                var failed = new List<ExpiredMessage>();
                foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
                {
                    var removed = RemoveSucceeded(connection, transaction, type, now - Clock.Micros(request.SucceededKeepTime));
                    var expired = RemoveFailed(connection, transaction, type, now);
                    succeeded += removed;
                    failed.AddRange(expired);
                    hasMore |= removed == MostPerCall || expired.Count == MostPerCall;
                }
                return new ExpiryResult(succeeded, failed, hasMore);
            },
            stop);

    private readonly string _forget = $"""
        DELETE FROM {database.Tables.Seen} WHERE (Lane, MessageId) IN (
            SELECT Lane, MessageId FROM {database.Tables.Seen} WHERE Added <= $before ORDER BY Added LIMIT $most)
        """;

    private int Forget(SqliteConnection connection, SqliteTransaction? transaction, long before)
    {
        using var forget = new Statement(connection, transaction, _forget);
        return forget.Run(("$before", before), ("$most", MostPerCall));
    }

    private readonly string _forgetPeople = $"""
        DELETE FROM {database.Tables.Statistics} WHERE Minute < $dayAgo;
        DELETE FROM {database.Tables.Operation} WHERE EndedAt < $monthAgo;
        DELETE FROM {database.Tables.Audit} WHERE At < $yearAgo
        """;

    /// <summary>Statistics go after a day, operations that have ended after a month, what people did after a year.</summary>
    private void ForgetPeople(SqliteConnection connection, SqliteTransaction? transaction, long now)
    {
        using var forget = new Statement(connection, transaction, _forgetPeople);
        forget.Run(
            ("$dayAgo", now - Clock.Micros(TimeSpan.FromHours(25))),
            ("$monthAgo", now - Clock.Micros(TimeSpan.FromDays(30))),
            ("$yearAgo", now - Clock.Micros(TimeSpan.FromDays(365))));
    }

    private readonly Func<MessageType, string> _succeeded = type => $"""
        SELECT l.Id FROM {database.Tables.Log(type)} l
        WHERE l.Added <= $before AND NOT EXISTS (SELECT 1 FROM {database.Tables.Due(type)} d WHERE d.Id = l.Id)
        ORDER BY l.Added LIMIT $most
        """;

    private int RemoveSucceeded(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, long before)
    {
        using var succeeded = new Statement(connection, transaction, _succeeded(type));
        var ids = succeeded.All(row => row.GetInt64(0), ("$before", before), ("$most", MostPerCall));
        acting.Delete(connection, transaction, type, ids);
        return ids.Count;
    }

    private readonly Func<MessageType, string> _failed = type => $"""
        SELECT d.Id, l.MessageId, l.Name FROM {database.Tables.Due(type)} d JOIN {database.Tables.Log(type)} l ON l.Id = d.Id
        WHERE d.ExpiresAt IS NOT NULL AND d.ExpiresAt <= $now
        ORDER BY d.ExpiresAt LIMIT $most
        """;

    private List<ExpiredMessage> RemoveFailed(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, long now)
    {
        using var failed = new Statement(connection, transaction, _failed(type));
        var expired = failed.All(
            row => new ExpiredMessage(type, row.GetInt64(0), row.GetString(1), row.GetString(2)), ("$now", now), ("$most", MostPerCall));
        acting.Delete(connection, transaction, type, [.. expired.Select(e => e.Id)]);
        return expired;
    }
}
