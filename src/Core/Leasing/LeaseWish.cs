using Cap.Storage;

namespace Cap.Leasing;

/// <summary>What a node asks for at its heartbeat.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Lanes">The lanes it can work.</param>
/// <param name="ShardCount">Shards of each lane.</param>
/// <param name="LeaseTime">How long its leases last without another heartbeat.</param>
/// <param name="Releases">Shards it gives back now.</param>
internal sealed record LeaseWish(
    string Node,
    IReadOnlyList<Lane> Lanes,
    int ShardCount,
    TimeSpan LeaseTime,
    IReadOnlySet<(Lane Lane, int Shard)> Releases
)
{
    /// <summary>What does not work in it, for the others to see.</summary>
    public string Troubles { get; init; } = "";
}
