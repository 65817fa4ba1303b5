namespace Cap.Working;

/// <summary>What left a worker's hands while somebody was reading rows: what was read may be out of date by exactly that.</summary>
internal sealed class Watch
{
    /// <summary>
    /// The terms in which this node held its shards when the reading began: in one that began later, another node may have worked what was
    /// read.
    /// </summary>
    public IReadOnlyDictionary<int, int> Terms { get; init; } = new Dictionary<int, int>();

    /// <summary>Rows that left.</summary>
    public HashSet<long> Rows { get; } = [];

    /// <summary>Keys a row of which left without being done: a later row of the key that was read meanwhile must not be started.</summary>
    public HashSet<long> Keys { get; } = [];
}
