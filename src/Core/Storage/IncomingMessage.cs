namespace Cap.Storage;

/// <summary>A message from the broker to be stored in the inbox.</summary>
public sealed record IncomingMessage
{
    /// <summary>The group's inbox.</summary>
    public required Lane Lane { get; init; }

    /// <summary>Shard of the row.</summary>
    public required int Shard { get; init; }

    /// <summary>Id of the message; with the lane it is unique for as long as the storage remembers ids.</summary>
    public required string MessageId { get; init; }

    /// <summary>
    /// The time that places the id in the memory of the inbox. The same for every copy of a message; null for an id the user
    /// chose (<see cref="Messages.MessageId.TimeOf"/>).
    /// </summary>
    public DateTimeOffset? IdTime { get; init; }

    /// <summary>Name of the message, at most 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Ordering key; null for none.</summary>
    public string? Key { get; init; }

    /// <summary><see cref="Messages.MessageKey.Hash"/> of the key; null for none.</summary>
    public long? KeyHash { get; init; }

    /// <summary>UTF-8 JSON <c>{"Headers":{…},"Value":…}</c>.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>What the content says, since whoever has made it knows.</summary>
    internal Messages.MessageParts? Parts { get; init; }

    /// <summary>Why nobody can read it: the row is stored as Failed with this as its attempt. Null for a sound message.</summary>
    public Attempt? Rejected { get; init; }

    /// <summary>How long a rejected message is kept.</summary>
    public TimeSpan RejectedKeepTime { get; init; }
}
