using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Looks for messages, and counts them.</summary>
internal sealed class InMemoryFinding(InMemoryTables tables)
{
    public MessagePage Find(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (tables.Gate)
        {
            var filter = new MessageFilter(query);
            var rows = tables[query.Type].Rows.Values.Where(row => Fits(row, query, filter));
            var ordered = query.Status == StatusName.Failed ? rows.OrderBy(row => (row.ExpiresAt, row.Id)) : rows.OrderBy(row => ((DateTimeOffset?)null, row.Id));
            List<InMemoryRow> found = [.. (query.IsOldestFirst ? ordered : ordered.Reverse()).Where(row => IsBehind(row, query)).Take(query.Limit + 1)];
            var hasMore = found.Count > query.Limit;
            if (hasMore)
                found.RemoveAt(query.Limit);
            return new(found.ConvertAll(row => Show(row, query)), hasMore ? KeyOf(found[^1], query) : null, null);
        }
    }

    public MessageCounts Count(MessageType type)
    {
        lock (tables.Gate)
        {
            var states = tables[type].Rows.Values.CountBy(Status).ToDictionary();
            return new(
                states.GetValueOrDefault(StatusName.Scheduled),
                states.GetValueOrDefault(StatusName.Delayed),
                states.GetValueOrDefault(StatusName.Failed))
            {
                Succeeded = states.GetValueOrDefault(StatusName.Succeeded),
            };
        }
    }

    public IReadOnlyList<Attempt> GetAttempts(MessageType type, long id)
    {
        lock (tables.Gate)
            return tables[type].Rows.TryGetValue(id, out var row) ? [.. row.Attempts] : [];
    }

    public IReadOnlyList<Backlog> GetBacklogs()
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            return
            [
                .. new[] { MessageType.Publish, MessageType.Subscribe }.SelectMany(type =>
                    tables[type].Rows.Values.Select(row => row.Lane).Distinct().OrderBy(lane => lane.Name, StringComparer.Ordinal).Select(lane =>
                    {
                        var due = tables[type].Unsettled.Where(row => row.Lane == lane && row.IsDue(now)).ToList();
                        return new Backlog(lane, due.Count, false, due.Count == 0 ? null : due.Max(row => now - (row.DueAt ?? row.Added)));
                    })),
            ];
        }
    }

    private bool Fits(InMemoryRow row, MessageQuery query, MessageFilter filter) =>
        (query.Id ?? row.Id) == row.Id
        && filter.FitsName(row.Name)
        && (query.MessageId ?? row.MessageId) == row.MessageId
        && (query.Group is null || (query.Type == MessageType.Subscribe && row.Lane.Name == query.Group))
        && (query.IsBlocking
            ? tables[query.Type].IsHead(row) && (query.Key is null || MessageKey.Hash(query.Key) == row.KeyHash)
            : (query.Key ?? row.Key) == row.Key)
        && (query.Status is null || query.Status == Status(row))
        && !(row.Added < query.AddedFrom)
        && !(row.Added >= query.AddedBefore)
        && (query.Error is null || (!row.IsSettled && row.Attempts.Exists(a => a.Error.Contains(query.Error, StringComparison.OrdinalIgnoreCase))))
        && filter.FitsContent(row.Content);

    private static bool IsBehind(InMemoryRow row, MessageQuery query)
    {
        if (query.From is not { } key)
            return true;
        var order = query.Status == StatusName.Failed && key.ExpiresAt is { } time
            ? (row.ExpiresAt ?? default, row.Id).CompareTo((time, key.Id))
            : row.Id.CompareTo(key.Id);
        return query.IsOldestFirst ? order > 0 : order < 0;
    }

    private static PageKey KeyOf(InMemoryRow row, MessageQuery query) => new(row.Id, query.Status == StatusName.Failed ? row.ExpiresAt : null);

    private StatusName Status(InMemoryRow row) =>
        row.IsSettled ? StatusName.Succeeded
        : row.IsGivenUp ? StatusName.Failed
        : row.Retries == 0 && !row.IsDue(tables.Now) ? StatusName.Delayed
        : StatusName.Scheduled;

    private StoredMessage Show(InMemoryRow row, MessageQuery query) => new()
    {
        Id = row.Id,
        MessageId = row.MessageId,
        Version = row.Lane.Version,
        Group = query.Type == MessageType.Subscribe ? row.Lane.Name : null,
        Name = row.Name,
        Key = row.Key,
        Content = query.IsWithContent ? Encoding.UTF8.GetString(row.Content) : "",
        Size = row.Content.Length,
        LastError = row is { IsSettled: false, Retries: > 0, Attempts.Count: > 0 } ? StoredMessage.FirstLine(row.Attempts[^1].Error) : null,
        Retries = row.Retries,
        Added = row.Added,
        DueAt = row.DueAt,
        ExpiresAt = row.IsSettled ? row.Added + (tables.Settings?.SucceededKeepTime ?? TimeSpan.Zero) : row.ExpiresAt,
        StatusName = Status(row),
    };
}
