using System.Text;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Looks for messages: row by row in the order of the search, so that no more is looked at than is needed, and a bounded number for a page.</summary>
internal sealed class Finding(Database database, Lanes lanes)
{
    private const int MostLookedAt = 20_000;

    /// <summary>Where contents are looked into.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    public MessagePage Find(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        long? lane = null;
        if (query.Group is not null
            && (query.Type == MessageType.Publish || (lane = lanes.Find(new(MessageType.Subscribe, query.Group))) is null))
        {
            return new([], null, null);
        }
        return database.Read((connection, transaction) => Find(connection, transaction, query, lane));
    }

    private MessagePage Find(SqliteConnection connection, SqliteTransaction? transaction, MessageQuery query, long? lane)
    {
        var filter = new MessageFilter(query);
        using var find = new Statement(connection, transaction, Sql(query));
        using var row = find.Read(
            ("$type", (int)query.Type),
            ("$id", query.Id),
            ("$messageId", query.MessageId),
            ("$key", query.Key),
            ("$keyHash", MessageKey.Hash(query.Key)),
            ("$fromId", query.From?.Id),
            ("$fromTime", query.From?.ExpiresAt is { } time ? Clock.Micros(time) : null),
            ("$now", Publishing.Now(connection, transaction)));
        var found = new List<StoredMessage>();
        var (lookedAt, bytes) = (0, 0L);
        var looksInside = filter.NeedsContent || filter.TextForms.Count > 0;
        (PageKey Key, DateTimeOffset Added) last = default;
        while (row.Read())
        {
            if (found.Count == query.Limit)
                return new(found, PageKey.Of(found[^1], query), null);
            // An index has answered what was asked of it; all else is asked here.
            if (++lookedAt > MostLookedAt || bytes > MostBytes)
                return new(found, last.Key, last.Added);
            var added = Clock.Time(row.GetInt64(6));
            last = (new(row.GetInt64(0), query.Status == StatusName.Failed ? Clock.Time(row.GetInt64(9)) : null), added);
            if ((lane ?? row.GetInt64(14)) == row.GetInt64(14)
                && !(added < query.AddedFrom)
                && !(added >= query.AddedBefore)
                && FitsStatus(row, query.Status)
                && filter.FitsName(row.GetString(3))
                && FitsError(row, query.Error)
                && (!looksInside || filter.FitsContent(Encoding.UTF8.GetBytes(row.GetString(5)))))
            {
                found.Add(Show(row, query));
            }
            if (looksInside)
                bytes += row.GetInt64(16);
        }
        return new(found, null, null);
    }

    // Unsettled messages are few: start from the work, not from the log. The plus keeps SQLite from walking all of the work in order where
    // the index of failed keys has these rows and no others.
    private string Sql(MessageQuery query)
    {
        var (log, due) = (database.Tables.Log(query.Type), database.Tables.Due(query.Type));
        var isUnsettled = query.IsBlocking || query.Status is not (null or StatusName.Succeeded);
        var from = isUnsettled ? $"{due} d CROSS JOIN {log} l ON l.Id = d.Id" : $"{log} l LEFT JOIN {due} d ON d.Id = l.Id";
        var id = isUnsettled ? "d.Id" : "l.Id";
        var (sign, direction) = query.IsOldestFirst ? (">", "") : ("<", " DESC");
        var isOfFailed = query.Status == StatusName.Failed;
        return $"""
            SELECT l.Id, l.MessageId, n.Name, l.Name, l.Key, l.Content, l.Added, d.Id, d.DueAt, d.ExpiresAt,
                coalesce(d.Retries, (SELECT max(a.Number) FROM {database.Tables.Attempt} a WHERE a.Type = $type AND a.Id = l.Id), 0),
                $now,
                l.Added + (SELECT CAST(Value AS INTEGER) FROM {database.Tables.Setting} WHERE Name = 'SucceededKeepTime'),
                CASE WHEN d.Retries > 0 THEN (
                    SELECT a.Error FROM {database.Tables.Attempt} a WHERE a.Type = $type AND a.Id = l.Id ORDER BY a.Number DESC LIMIT 1) END,
                l.Lane,
                {(query.Error is null ? "NULL" : $"(SELECT group_concat(a.Error, char(10)) FROM {database.Tables.Attempt} a WHERE a.Type = $type AND a.Id = d.Id)")},
                length(CAST(l.Content AS BLOB))
            FROM {from} CROSS JOIN {database.Tables.Lane} n ON n.Id = l.Lane
            WHERE {(isOfFailed ? "d.ExpiresAt IS NOT NULL" : "1")}
            {(query.IsBlocking ? $"AND {IsHead(due)}" : "")}
            {(query.Key is null ? "" : query.IsBlocking ? "AND d.KeyHash = $keyHash" : "AND +l.Key = $key")}
            {(query.Id is null ? "" : $"AND {id} = $id")}
            {(query.From is null ? "" : isOfFailed && query.From.ExpiresAt is not null ? $"AND (d.ExpiresAt, d.Id) {sign} ($fromTime, $fromId)" : $"AND {id} {sign} $fromId")}
            {(query.MessageId is null ? "" : "AND l.MessageId = $messageId")}
            ORDER BY {(isOfFailed && !query.IsBlocking ? $"d.ExpiresAt{direction}, d.Id{direction}" : $"{(query.IsBlocking ? "+" : "")}{id}{direction}")}
            """;
    }

    private static string IsHead(string due) =>
        $"""
        d.KeyHash IS NOT NULL AND d.Retries > 0 AND NOT EXISTS (
                SELECT 1 FROM {due} f
                WHERE f.Lane = d.Lane AND f.KeyHash = d.KeyHash AND f.KeyHash IS NOT NULL AND f.Retries > 0 AND f.Id < d.Id)
        """;

    private static bool FitsStatus(SqliteDataReader row, StatusName? status) => status is null || StatusOf(row) == status;

    private static bool FitsError(SqliteDataReader row, string? error) =>
        error is null || (!row.IsDBNull(15) && row.GetString(15).Contains(error, StringComparison.OrdinalIgnoreCase));

    private static StatusName StatusOf(SqliteDataReader row) =>
        row.IsDBNull(7) ? StatusName.Succeeded
        : row.IsDBNull(8) ? StatusName.Failed
        : row.GetInt32(10) == 0 && row.GetInt64(8) > row.GetInt64(11) ? StatusName.Delayed
        : StatusName.Scheduled;

    private static StoredMessage Show(SqliteDataReader row, MessageQuery query)
    {
        var isSettled = row.IsDBNull(7);
        var dueAt = row.IsDBNull(8) ? (long?)null : row.GetInt64(8);
        var expiresAt = row.IsDBNull(isSettled ? 12 : 9) ? (long?)null : row.GetInt64(isSettled ? 12 : 9);
        return new()
        {
            Id = row.GetInt64(0),
            MessageId = row.GetString(1),
            Version = new Lane(query.Type, row.GetString(2)).Version,
            Group = query.Type == MessageType.Subscribe ? row.GetString(2) : null,
            Name = row.GetString(3),
            Key = row.IsDBNull(4) ? null : row.GetString(4),
            Content = query.IsWithContent ? row.GetString(5) : "",
            Size = row.GetInt64(16),
            LastError = row.IsDBNull(13) ? null : StoredMessage.FirstLine(row.GetString(13)),
            Added = Clock.Time(row.GetInt64(6)),
            Retries = row.GetInt32(10),
            DueAt = dueAt is null or 0 ? null : Clock.Time(dueAt.Value),
            ExpiresAt = expiresAt is null ? null : Clock.Time(expiresAt.Value),
            StatusName = StatusOf(row),
        };
    }
}
