using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Finds rows that need work.</summary>
internal sealed class Fetching(Database database, Lanes lanes)
{
    private readonly FetchSql _published = new(database.Tables, MessageType.Publish);
    private readonly FetchSql _received = new(database.Tables, MessageType.Subscribe);

    public DueBatch Fetch(DueQuery query) =>
        lanes.Find(query.Lane) is { } lane
            ? database.Read((connection, transaction) => Fetch(connection, transaction, query, lane))
            : new([], HasMore: false, NextDueIn: null);

    private DueBatch Fetch(SqliteConnection connection, SqliteTransaction? transaction, DueQuery query, long lane)
    {
        var sql = query.Lane.Type == MessageType.Publish ? _published : _received;
        var now = Publishing.Now(connection, transaction);
        var (except, exceptKeys) = (query.Except.ToHashSet(), query.ExceptKeys.ToHashSet());
        var ids = new List<long>();
        var hasMore = false;
        long? nextDueAt = null;

        using var fresh = new Statement(connection, transaction, sql.Fresh);
        using var timed = new Statement(connection, transaction, sql.Timed);
        using var next = new Statement(connection, transaction, sql.Next);
        foreach (var start in query.Shards)
        {
            var found = new List<long>();
            using (var rows = fresh.Read(("$lane", lane), ("$shard", start.Shard), ("$from", start.FromId)))
                Take(rows, found, query.LimitPerShard + 1, except, exceptKeys);
            using (var rows = timed.Read(("$lane", lane), ("$shard", start.Shard), ("$now", now)))
                Take(rows, found, found.Count + query.LimitPerShard + 1, except, exceptKeys);
            found.Sort();
            hasMore |= found.Count > query.LimitPerShard;
            ids.AddRange(found.Take(query.LimitPerShard));
            if (next.Number(("$lane", lane), ("$shard", start.Shard), ("$now", now)) is { } dueAt)
                nextDueAt = Math.Min(nextDueAt ?? long.MaxValue, dueAt);
        }

        ids.Sort();
        var messages = Load(connection, transaction, sql, ids, query.MaxBytes);
        return new(messages, hasMore || messages.Count < ids.Count, nextDueAt is null ? null : Clock.Span(nextDueAt.Value - now));
    }

    // Row by row, so that no more is looked at than is taken.
    private static void Take(SqliteDataReader rows, List<long> found, int most, HashSet<long> except, HashSet<long> exceptKeys)
    {
        var passedOver = 0;
        while (found.Count < most && passedOver < DueQuery.MaxPassedOver && rows.Read())
        {
            var id = rows.GetInt64(0);
            if (exceptKeys.Count > 0 && !rows.IsDBNull(1) && exceptKeys.Contains(rows.GetInt64(1)))
                passedOver++;
            else if (!except.Contains(id))
                found.Add(id);
        }
    }

    private static List<DueMessage> Load(
        SqliteConnection connection, SqliteTransaction? transaction, FetchSql sql, List<long> ids, long maxBytes)
    {
        var messages = new List<DueMessage>(ids.Count);
        var bytes = 0L;
        using var load = new Statement(connection, transaction, sql.Load);
        foreach (var id in ids)
        {
            using var row = load.Read(("$id", id));
            row.Read();
            bytes += row.GetInt64(7);
            if (bytes > maxBytes && messages.Count > 0)
                break;
            messages.Add(new()
            {
                Id = id,
                Shard = row.GetInt32(0),
                KeyHash = row.IsDBNull(1) ? null : row.GetInt64(1),
                IsFresh = row.GetInt64(2) == 0 && row.IsDBNull(1),
                Retries = row.GetInt32(3),
                MessageId = row.GetString(4),
                Name = row.GetString(5),
                Content = row.GetFieldValue<byte[]>(6),
            });
        }
        return messages;
    }
}
