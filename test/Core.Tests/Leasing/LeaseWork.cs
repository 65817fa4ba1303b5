using Cap.Storage;

namespace Cap.Core.Tests.Leasing;

/// <summary>Work that a node admitted in a shard and has not finished.</summary>
internal sealed class LeaseWork(Lane lane, int shard, int term)
{
    public Lane Lane { get; } = lane;

    public int Shard { get; } = shard;

    public int Term { get; } = term;

    /// <summary>Whether the node's lease ended since: then others may have the shard.</summary>
    public bool HasLapsed { get; set; }
}
