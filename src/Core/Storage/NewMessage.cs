namespace Cap.Storage;

/// <summary>A message to be stored in the outbox.</summary>
public sealed record NewMessage
{
    /// <summary>Id of the message, at most 200 characters.</summary>
    public required string MessageId { get; init; }

    /// <summary>Name of the message, prefix included, at most 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Shard of the row.</summary>
    public required int Shard { get; init; }

    /// <summary>Ordering key, at most 200 characters; null for none.</summary>
    public string? Key { get; init; }

    /// <summary><see cref="Messages.MessageKey.Hash"/> of the key; null for none.</summary>
    public long? KeyHash { get; init; }

    /// <summary>Falls due this long after the database's now; null with no <see cref="DueAt"/> means at once.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Falls due at this time of the database's clock.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>UTF-8 JSON <c>{"Headers":{…},"Value":…}</c>.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
