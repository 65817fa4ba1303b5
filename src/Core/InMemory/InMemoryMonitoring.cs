using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Shows people what is stored.</summary>
internal sealed class InMemoryMonitoring(InMemoryTables tables)
{
    public IReadOnlyList<StoredMessage> Find(MessageQuery query)
    {
        lock (tables.Gate)
        {
            return
            [
                .. tables[query.Type].Rows.Values.Reverse()
                    .Where(row => Fits(row, query))
                    .Take(query.Limit)
                    .Select(row => Show(row, query.Type)),
            ];
        }
    }

    public MessageCounts Count(MessageType type)
    {
        lock (tables.Gate)
        {
            var states = tables[type].Unsettled.CountBy(Status).ToDictionary();
            return new(
                states.GetValueOrDefault(StatusName.Scheduled),
                states.GetValueOrDefault(StatusName.Delayed),
                states.GetValueOrDefault(StatusName.Failed));
        }
    }

    public IReadOnlyList<Attempt> GetAttempts(MessageType type, long id)
    {
        lock (tables.Gate)
            return tables[type].Rows.TryGetValue(id, out var row) ? [.. row.Attempts] : [];
    }

    private bool Fits(InMemoryRow row, MessageQuery query) =>
        (query.Id ?? row.Id) == row.Id
        && !(query.BeforeId <= row.Id)
        && (query.Name ?? row.Name) == row.Name
        && (query.MessageId ?? row.MessageId) == row.MessageId
        && (query.Group is null || (query.Type == MessageType.Subscribe && row.Lane.Name == query.Group))
        && (query.IsBlocking
            ? tables[query.Type].IsHead(row) && (query.Key is null || MessageKey.Hash(query.Key) == row.KeyHash)
            : (query.Key ?? row.Key) == row.Key)
        && (query.Status is null || query.Status == Status(row));

    private StatusName Status(InMemoryRow row) =>
        row.IsSettled ? StatusName.Succeeded
        : row.IsGivenUp ? StatusName.Failed
        : row.Retries == 0 && !row.IsDue(tables.Now) ? StatusName.Delayed
        : StatusName.Scheduled;

    private StoredMessage Show(InMemoryRow row, MessageType type) => new()
    {
        Id = row.Id,
        MessageId = row.MessageId,
        Version = row.Lane.Version,
        Group = type == MessageType.Subscribe ? row.Lane.Name : null,
        Name = row.Name,
        Key = row.Key,
        Content = Encoding.UTF8.GetString(row.Content),
        Retries = row.Retries,
        Added = row.Added,
        DueAt = row.DueAt,
        ExpiresAt = row.IsSettled ? row.Added + (tables.Settings?.SucceededKeepTime ?? TimeSpan.Zero) : row.ExpiresAt,
        StatusName = Status(row),
    };
}
