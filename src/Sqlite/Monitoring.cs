using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Shows people what is stored.</summary>
internal sealed class Monitoring(Database database)
{
    public IReadOnlyList<StoredMessage> Find(MessageQuery query) =>
        database.Read((connection, transaction) =>
        {
            using var find = new Statement(connection, transaction, FindSql(query));
            return find.All(row => Show(row, query.Type), Parameters(query));
        });

    // Unsettled messages are few: start from the work, not from the log.
    private string FindSql(MessageQuery query)
    {
        var (log, due) = (database.Tables.Log(query.Type), database.Tables.Due(query.Type));
        var isUnsettled = query.IsBlocking || query.Status is not (null or StatusName.Succeeded);
        var from = isUnsettled ? $"{due} d CROSS JOIN {log} l ON l.Id = d.Id" : $"{log} l LEFT JOIN {due} d ON d.Id = l.Id";
        var id = isUnsettled ? "d.Id" : "l.Id";
        return $"""
            SELECT l.Id, l.MessageId, n.Name, l.Name, l.Key, l.Content, l.Added, d.Id, d.DueAt, d.ExpiresAt,
                coalesce(d.Retries, (SELECT max(a.Number) FROM {database.Tables.Attempt} a WHERE a.Type = $type AND a.Id = l.Id), 0),
                {Clock.Now},
                l.Added + (SELECT CAST(Value AS INTEGER) FROM {database.Tables.Setting} WHERE Name = 'SucceededKeepTime')
            FROM {from} CROSS JOIN {database.Tables.Lane} n ON n.Id = l.Lane
            WHERE {Condition(query.Status)}
            {(query.IsBlocking ? $"AND {IsHead(due)}" : "")}
            {(query.Key is null ? "" : query.IsBlocking ? "AND d.KeyHash = $keyHash" : "AND l.Key = $key")}
            {(query.Id is null ? "" : $"AND {id} = $id")}
            {(query.BeforeId is null ? "" : $"AND {id} < $before")}
            {(query.MessageId is null ? "" : "AND l.MessageId = $messageId")}
            {(query.Name is null ? "" : "AND l.Name = $name")}
            {(query.Group is null ? "" : query.Type == MessageType.Subscribe ? "AND n.Name = $group" : "AND 0")}
            ORDER BY {(query.IsBlocking ? "+" : "")}{id} DESC LIMIT $limit
            """;
    }

    // The index of failed keys has these rows and no others; the plus above keeps SQLite from walking all of the work in order instead.
    private static string IsHead(string due) =>
        $"""
        d.KeyHash IS NOT NULL AND d.Retries > 0 AND NOT EXISTS (
                SELECT 1 FROM {due} f
                WHERE f.Lane = d.Lane AND f.KeyHash = d.KeyHash AND f.KeyHash IS NOT NULL AND f.Retries > 0 AND f.Id < d.Id)
        """;

    private static string Condition(StatusName? status) =>
        status switch
        {
            null => "1",
            StatusName.Succeeded => "d.Id IS NULL",
            StatusName.Failed => "d.DueAt IS NULL",
            StatusName.Delayed => $"d.Retries = 0 AND d.DueAt > {Clock.Now}",
            _ => $"(d.DueAt <= {Clock.Now} OR (d.Retries > 0 AND d.DueAt IS NOT NULL))",
        };

    private static (string, object?)[] Parameters(MessageQuery query) =>
    [
        ("$type", (int)query.Type),
        ("$limit", query.Limit),
        ("$id", query.Id),
        ("$before", query.BeforeId),
        ("$messageId", query.MessageId),
        ("$name", query.Name),
        ("$group", query.Group),
        ("$key", query.Key),
        ("$keyHash", MessageKey.Hash(query.Key)),
    ];

    private static StoredMessage Show(SqliteDataReader row, MessageType type)
    {
        var isSettled = row.IsDBNull(7);
        var dueAt = row.IsDBNull(8) ? (long?)null : row.GetInt64(8);
        var retries = row.GetInt32(10);
        var expiresAt = row.IsDBNull(isSettled ? 12 : 9) ? (long?)null : row.GetInt64(isSettled ? 12 : 9);
        return new()
        {
            Id = row.GetInt64(0),
            MessageId = row.GetString(1),
            Version = new Lane(type, row.GetString(2)).Version,
            Group = type == MessageType.Subscribe ? row.GetString(2) : null,
            Name = row.GetString(3),
            Key = row.IsDBNull(4) ? null : row.GetString(4),
            Content = row.GetString(5),
            Added = Clock.Time(row.GetInt64(6)),
            Retries = retries,
            DueAt = dueAt is null or 0 ? null : Clock.Time(dueAt.Value),
            ExpiresAt = expiresAt is null ? null : Clock.Time(expiresAt.Value),
            StatusName = isSettled ? StatusName.Succeeded
                : dueAt is null ? StatusName.Failed
                : retries == 0 && dueAt > row.GetInt64(11) ? StatusName.Delayed
                : StatusName.Scheduled,
        };
    }

    private readonly Func<MessageType, string> _count = type => $"""
        SELECT count(*), count(*) FILTER (WHERE DueAt IS NULL), count(*) FILTER (WHERE Retries = 0 AND DueAt > $now)
        FROM {database.Tables.Due(type)}
        """;

    public MessageCounts Count(MessageType type) =>
        database.Read((connection, transaction) =>
        {
            using var count = new Statement(connection, transaction, _count(type));
            return count.All(
                row => new MessageCounts(row.GetInt64(0) - row.GetInt64(1) - row.GetInt64(2), row.GetInt64(2), row.GetInt64(1)),
                ("$now", Publishing.Now(connection, transaction)))[0];
        });
}
