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
}
