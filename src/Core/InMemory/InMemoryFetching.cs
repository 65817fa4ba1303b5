using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Finds rows that need work.</summary>
internal sealed class InMemoryFetching(InMemoryTables tables)
{
    public DueBatch Fetch(DueQuery query)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var box = tables[query.Lane.Type];
            var (except, exceptKeys) = (query.Except.ToHashSet(), query.ExceptKeys.ToHashSet());
            var hasMore = false;
            var due = new List<InMemoryRow>();
            foreach (var start in query.Shards)
            {
                var found = box.UnsettledOf(query.Lane, start.Shard)
                    .Where(row => row.IsDue(now) && (!IsFresh(row) || row.Id >= start.FromId))
                    .Where(row => !except.Contains(row.Id) && !(row.KeyHash is { } key && exceptKeys.Contains(key)) && !box.IsBlocked(row))
                    .Take(query.LimitPerShard + 1)
                    .ToList();
                hasMore |= found.Count > query.LimitPerShard;
                due.AddRange(found.Take(query.LimitPerShard));
            }

            var bytes = 0L;
            var messages = new List<DueMessage>();
            foreach (var row in due.OrderBy(row => row.Id))
            {
                bytes += row.Content.Length;
                if (bytes > query.MaxBytes && messages.Count > 0)
                    return new(messages, HasMore: true, NextDueIn(query, box, now));
                messages.Add(Message(row));
            }
            return new(messages, hasMore, NextDueIn(query, box, now));
        }
    }

    private static TimeSpan? NextDueIn(DueQuery query, InMemoryBox box, DateTimeOffset now) =>
        query.Shards.SelectMany(start => box.UnsettledOf(query.Lane, start.Shard)).Where(row => row.DueAt > now).Min(row => row.DueAt) - now;

    private static bool IsFresh(InMemoryRow row) => row is { IsFresh: true, KeyHash: null };

    private static DueMessage Message(InMemoryRow row) => new()
    {
        Id = row.Id,
        Shard = row.Shard,
        KeyHash = row.KeyHash,
        IsFresh = IsFresh(row),
        Retries = row.Retries,
        MessageId = row.MessageId,
        Name = row.Name,
        Content = row.Content,
    };
}
