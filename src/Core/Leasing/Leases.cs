using Cap.Storage;

namespace Cap.Leasing;

/// <summary>
/// The shards this node may work right now. Everybody who is about to start work asks here; the answer is empty from the moment
/// the last heartbeat is too old, measured by this process's own monotonic clock from before the heartbeat was sent, so it ends
/// earlier here than in the database.
/// </summary>
internal sealed class Leases(CapOptions options, TimeProvider time)
{
    private volatile Snapshot _now = new(new Dictionary<Lane, IReadOnlyList<int>>(), new HashSet<(Lane, int)>(), 0);
    private int _next;

    /// <summary>The owned shards of a lane that are not about to be given up.</summary>
    public IReadOnlyList<int> Of(Lane lane)
    {
        var now = _now;
        return Valid(now) && now.Usable.TryGetValue(lane, out var shards) ? shards : [];
    }

    /// <summary>Whether work in a shard may be started.</summary>
    public bool Holds(Lane lane, int shard) => Of(lane).Contains(shard);

    /// <summary>Whether work in a shard that was admitted before may be started: also in one that is about to be given up.</summary>
    public bool HoldsStill(Lane lane, int shard)
    {
        var now = _now;
        return Valid(now) && (now.Leaving.Contains((lane, shard)) || (now.Usable.TryGetValue(lane, out var shards) && shards.Contains(shard)));
    }

    /// <summary>A shard for a message without a key: one that this node works itself, in turn, or any when it owns none.</summary>
    public int PickForPublishing(Lane lane)
    {
        var shards = Of(lane);
        var turn = (uint)Interlocked.Increment(ref _next);
        return shards.Count > 0 ? shards[(int)(turn % (uint)shards.Count)] : (int)(turn % (uint)options.ShardCount);
    }

    /// <summary>A shard for a received message without a key: any in turn, so that all nodes of the group get their part.</summary>
    public int PickForReceiving() => (int)((uint)Interlocked.Increment(ref _next) % (uint)options.ShardCount);

    public void Set(IReadOnlyDictionary<Lane, IReadOnlyList<int>> usable, IReadOnlySet<(Lane, int)> leaving, long heartbeatSent) =>
        _now = new(usable, leaving, heartbeatSent);

    private bool Valid(Snapshot snapshot) => snapshot.Usable.Count > 0 && time.GetElapsedTime(snapshot.HeartbeatSent) < options.LeaseTime;

    private sealed record Snapshot(
        IReadOnlyDictionary<Lane, IReadOnlyList<int>> Usable,
        IReadOnlySet<(Lane, int)> Leaving,
        long HeartbeatSent
    );
}
