using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Writes the outbox.</summary>
internal sealed class InMemoryPublishing(InMemoryTables tables)
{
    public void Publish(PublishRequest request)
    {
        var transaction = Own(request.Transaction);
        lock (tables.Gate)
        {
            transaction?.ThrowIfCompleted();

            // Ids are given now and rows are seen at the commit, as in a database: they may turn up out of order.
            var box = tables[MessageType.Publish];
            var rows = request.Messages.Select(message => Row(request.Lane, message, ++box.LastId, tables.Now)).ToList();
            if (transaction is not null)
                transaction.Publish(rows);
            else
                rows.ForEach(box.Insert);
        }
    }

    /// <summary>The transaction as one of these tables; null for none.</summary>
    public InMemoryTransaction? Own(StorageTransaction? transaction) =>
        transaction switch
        {
            null => null,
            InMemoryTransaction own when own.IsOf(tables) => own,
            _ => throw new InvalidOperationException(
                $"The transaction ({transaction.GetType().Name}) is not one of this in-memory storage. Begin it with this storage."),
        };

    private static InMemoryRow Row(Lane lane, NewMessage message, long id, DateTimeOffset now) => new()
    {
        Id = id,
        Lane = lane,
        Shard = message.Shard,
        MessageId = message.MessageId,
        Name = message.Name,
        Key = message.Key,
        KeyHash = message.KeyHash,
        Content = message.Content.ToArray(),
        Added = now,
        IsFresh = message.Delay is null && message.DueAt is null,
        DueAt = message.DueAt?.ToUniversalTime() ?? now + message.Delay,
    };
}
