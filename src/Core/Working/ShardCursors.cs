using Cap.Storage;

namespace Cap.Working;

/// <summary>
/// Remembers, per shard, below which id no fresh row without a key can be unsettled and unseen, so that a fetch need not walk over the
/// dead index entries of everything that was ever settled. Not thread-safe: guarded by its worker's lock.
/// </summary>
/// <remarks>
/// Ids are allotted when a row is written and seen when its transaction commits, so rows turn up out of order. The cursor therefore
/// trails the newest seen id by two to four seconds; what commits later than that is found by the sweep, which looks at everything.
/// </remarks>
internal sealed class ShardCursors(int shardCount, TimeSpan pollingInterval, TimeProvider time)
{
    private static readonly TimeSpan Trail = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestUntilSweep = TimeSpan.FromSeconds(30);
    private readonly long[] _from = new long[shardCount];
    private readonly long[] _next = new long[shardCount];
    private readonly long[] _seen = new long[shardCount];
    private HashSet<int> _owned = [];
    private long _turned = time.GetTimestamp();
    private long? _sweptAt;
    private long? _sweepBegan;
    private TimeSpan _untilSweep;

    public ShardStart Start(int shard) => new(shard, _sweepBegan is null ? _from[shard] : 0);

    /// <summary>A fetch returned this row.</summary>
    public void Saw(DueMessage row)
    {
        if (!row.IsFresh)
            return;
        // A row from below is one of a transaction that committed late, and there may be more of it than one fetch returns.
        if (row.Id < _from[row.Shard])
            Back(row);
        _seen[row.Shard] = Math.Max(_seen[row.Shard], row.Id);
    }

    /// <summary>The row must be found again. Rows with a key always are.</summary>
    public void Back(DueMessage row)
    {
        if (row.KeyHash is not null)
            return;
        _from[row.Shard] = Math.Min(_from[row.Shard], row.Id);
        _next[row.Shard] = Math.Min(_next[row.Shard], row.Id);
        _seen[row.Shard] = Math.Min(_seen[row.Shard], row.Id);
    }

    /// <summary>
    /// Call before each fetch, with the shards that are owned: what another node did to a shard meanwhile is not known here. Moves the
    /// cursors on, and every polling interval looks at everything: the sweep. A slow sweep (a transaction held open elsewhere keeps
    /// millions of dead entries) is repeated less often, so that it costs a twentieth at most, but every 30 seconds at least.
    /// </summary>
    public void BeginFetch(IReadOnlyList<int> owned)
    {
        foreach (var shard in owned.Where(s => !_owned.Contains(s)))
            _from[shard] = _next[shard] = _seen[shard] = 0;
        _owned = [.. owned];
        if (time.GetElapsedTime(_turned) >= Trail)
        {
            _turned = time.GetTimestamp();
            _next.CopyTo(_from, 0);
            _seen.CopyTo(_next, 0);
        }
        _sweepBegan = _sweptAt is { } swept && time.GetElapsedTime(swept) < _untilSweep ? null : time.GetTimestamp();
    }

    /// <summary>Call after each fetch that returned an answer. A sweep that failed is due again.</summary>
    public void EndFetch()
    {
        if (_sweepBegan is not { } began)
            return;
        var cost = time.GetElapsedTime(began) * 20;
        _untilSweep = cost > LongestUntilSweep ? LongestUntilSweep : cost > pollingInterval ? cost : pollingInterval;
        _sweptAt = time.GetTimestamp();
    }
}
