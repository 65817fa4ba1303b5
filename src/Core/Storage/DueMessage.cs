namespace Cap.Storage;

/// <summary>A row that needs work now, with the message it stands for.</summary>
public sealed record DueMessage
{
    /// <summary>Row id; grows.</summary>
    public required long Id { get; init; }

    /// <summary>Shard of the row.</summary>
    public required int Shard { get; init; }

    /// <summary>Number of the ordering key; null for none.</summary>
    public long? KeyHash { get; init; }

    /// <summary>Never failed, never delayed and without a key: the rows that <see cref="ShardStart.FromId"/> is about.</summary>
    public bool IsFresh { get; init; }

    /// <summary>How many attempts have failed so far.</summary>
    public int Retries { get; init; }

    /// <summary>Id of the message.</summary>
    public required string MessageId { get; init; }

    /// <summary>Name of the message.</summary>
    public required string Name { get; init; }

    /// <summary>UTF-8 JSON <c>{"Headers":{…},"Value":…}</c>.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>What the content says, for a row that has just been received; null for one that was read from the tables.</summary>
    internal Messages.MessageParts? Parts { get; init; }
}
