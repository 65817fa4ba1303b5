namespace Cap.Storage;

/// <summary>
/// Asks for rows that need work. A row is due when its time has passed by the database's clock. A keyed row is held back while
/// an earlier row (smaller id) of the same lane and key has failed at least once and is not settled. The fresh rows (never failed, not
/// delayed) of a key come in the order of their ids: a limit cuts off the later ones.
/// </summary>
public sealed record DueQuery
{
    /// <summary>The lane.</summary>
    public required Lane Lane { get; init; }

    /// <summary>The shards to look at.</summary>
    public required IReadOnlyList<ShardStart> Shards { get; init; }

    /// <summary>At most this many rows of each shard.</summary>
    public required int LimitPerShard { get; init; }

    /// <summary>Stops before the contents exceed this many bytes together; one row is always returned.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Rows not to return: the ones this node is working on already.</summary>
    public required IReadOnlyCollection<long> Except { get; init; }

    /// <summary>
    /// Keys (their hashes) not to return rows of, because this node has as many of them as it takes. What waits behind such a key must not
    /// keep other keys of its shard from being found; a storage may stop looking after <see cref="MaxPassedOver"/> rows of a shard.
    /// </summary>
    public IReadOnlyCollection<long> ExceptKeys { get; init; } = [];

    /// <summary>
    /// The most rows of a shard that are walked over because of <see cref="ExceptKeys"/>: with more than that behind its slow keys, the other
    /// keys of the shard wait for them, but a fetch stays bounded (10 ms, measured on PostgreSQL).
    /// </summary>
    public const int MaxPassedOver = 10_000;
}
