using Cap.Storage;

namespace Cap.Leasing;

/// <summary>
/// The shards this node may work right now. Everybody who is about to start work asks here; the answer is empty from the moment
/// the last heartbeat is too old, measured by this process's own monotonic clock from before the heartbeat was sent, so it ends
/// earlier here than in the database.
/// </summary>
internal sealed class Leases(CapOptions options, TimeProvider time)
{
    private static readonly Snapshot Nothing = new(new Dictionary<Lane, IReadOnlyList<int>>(), [], new Dictionary<(Lane, int), int>(), 0);
    private static readonly Dictionary<int, int> NoTerms = [];
    private volatile Snapshot _now = Nothing;
    private int _next;
    private int _term;

    /// <summary>Whether a heartbeat answered lately, so that what this node owns is known, be it nothing.</summary>
    public bool AreKnown => Valid(_now);

    /// <summary>The owned shards of a lane that are not about to be given up.</summary>
    public IReadOnlyList<int> Of(Lane lane)
    {
        var now = _now;
        return Valid(now) && now.Usable.TryGetValue(lane, out var shards) ? shards : [];
    }

    /// <summary>
    /// The shards of a lane in which new work may be started, and the term of each, all as of one moment. A term lasts while the shard is
    /// this node's without a gap.
    /// </summary>
    public IReadOnlyDictionary<int, int> TermsOf(Lane lane)
    {
        var now = _now;
        return Valid(now) && now.UsableTerms.TryGetValue(lane, out var terms) ? terms : NoTerms;
    }

    /// <summary>Whether work that was admitted in a term may be started: also in a shard that is about to be given up.</summary>
    public bool HoldsStill(Lane lane, int shard, int term)
    {
        var now = _now;
        return Valid(now) && now.Terms.TryGetValue((lane, shard), out var current) && current == term;
    }

    /// <summary>A shard for a message without a key: one that this node works itself, in turn, or any when it owns none.</summary>
    public int PickForPublishing(Lane lane)
    {
        var shards = Of(lane);
        var turn = (uint)Interlocked.Increment(ref _next);
        return shards.Count > 0 ? shards[(int)(turn % (uint)shards.Count)] : (int)(turn % (uint)options.ShardCount);
    }

    /// <summary>The answer to a heartbeat. Called by one thread at a time.</summary>
    public void Set(IReadOnlyDictionary<Lane, IReadOnlyList<int>> usable, IReadOnlySet<(Lane, int)> leaving, long heartbeatSent)
    {
        var before = Valid(_now) ? _now.Terms : new Dictionary<(Lane, int), int>();
        _term++;
        var terms = usable
            .SelectMany(u => u.Value.Select(shard => (u.Key, shard)))
            .Concat(leaving)
            .ToDictionary(s => s, s => before.TryGetValue(s, out var term) ? term : _term);
        // Asked for with every batch, so made here, once for each heartbeat.
        var usableTerms = usable.ToDictionary(u => u.Key, u => u.Value.ToDictionary(shard => shard, shard => terms[(u.Key, shard)]));
        _now = new(usable, usableTerms, terms, heartbeatSent);
    }

    /// <summary>Nothing is this node's any more.</summary>
    public void Clear() => _now = Nothing;

    private bool Valid(Snapshot snapshot) => snapshot.Usable.Count > 0 && time.GetElapsedTime(snapshot.HeartbeatSent) < options.LeaseTime;

    private sealed record Snapshot(
        IReadOnlyDictionary<Lane, IReadOnlyList<int>> Usable,
        Dictionary<Lane, Dictionary<int, int>> UsableTerms,
        IReadOnlyDictionary<(Lane, int), int> Terms,
        long HeartbeatSent
    );
}
