using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Writes the inbox and its memory of ids.</summary>
internal sealed class InMemoryReceiving(InMemoryTables tables)
{
    public IReadOnlyList<long?> Receive(IReadOnlyList<IncomingMessage> messages)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var ids = new long?[messages.Count];
            for (var i = 0; i < ids.Length; i++)
            {
                if (tables.Seen.TryAdd((messages[i].Lane, messages[i].MessageId), now))
                    ids[i] = Insert(messages[i], now);
            }
            return ids;
        }
    }

    private long Insert(IncomingMessage message, DateTimeOffset now)
    {
        var box = tables[MessageType.Subscribe];
        var row = new InMemoryRow
        {
            Id = ++box.LastId,
            Lane = message.Lane,
            Shard = message.Shard,
            MessageId = message.MessageId,
            Name = message.Name,
            Key = message.Key,
            KeyHash = message.KeyHash,
            Content = message.Content.ToArray(),
            Added = now,
            IsFresh = message.Rejected is null,
            Retries = message.Rejected?.Number ?? 0,
            ExpiresAt = message.Rejected is null ? null : now + message.RejectedKeepTime,
        };
        if (message.Rejected is not null)
            row.Add(message.Rejected);
        box.Insert(row);
        return row.Id;
    }
}
