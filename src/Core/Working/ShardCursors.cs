using Cap.Storage;

namespace Cap.Working;

/// <summary>
/// Remembers, per shard, below which id no fresh row can be unsettled and unseen, so that a fetch need not walk over the dead index
/// entries of everything that was ever settled. Not thread-safe: guarded by its worker's lock.
/// </summary>
/// <remarks>
/// Ids are allotted when a row is written and seen when its transaction commits, so rows turn up out of order. The cursor therefore
/// trails the newest seen id by two to four seconds; what commits later than that is found by the sweep.
/// </remarks>
internal sealed class ShardCursors(int shardCount, TimeSpan pollingInterval, TimeProvider time)
{
    private static readonly TimeSpan Trail = TimeSpan.FromSeconds(2);
    private readonly long[] _from = new long[shardCount];
    private readonly long[] _next = new long[shardCount];
    private readonly long[] _seen = new long[shardCount];
    private long _turned = time.GetTimestamp();
    private long? _sweptAt;
    private long? _sweepBegan;
    private TimeSpan _untilSweep;

    public ShardStart Start(int shard) => new(shard, _from[shard]);

    /// <summary>A fetch returned this row. Only fresh rows come in the order of their ids.</summary>
    public void Saw(DueMessage row)
    {
        if (row.IsFresh)
            _seen[row.Shard] = Math.Max(_seen[row.Shard], row.Id);
    }

    /// <summary>The row, or rows of its key behind it, must be found again.</summary>
    public void Back(int shard, long id)
    {
        _from[shard] = Math.Min(_from[shard], id);
        _next[shard] = Math.Min(_next[shard], id);
        _seen[shard] = Math.Min(_seen[shard], id);
    }

    /// <summary>
    /// Call before each fetch. Moves the cursors on, and every polling interval back to the start: the sweep. A sweep that was slow
    /// (a transaction held open elsewhere keeps millions of dead entries) is repeated less often, so that it costs a twentieth at most.
    /// </summary>
    public void BeginFetch()
    {
        if (time.GetElapsedTime(_turned) >= Trail)
        {
            _turned = time.GetTimestamp();
            _next.CopyTo(_from, 0);
            _seen.CopyTo(_next, 0);
        }
        if (_sweptAt is { } swept && time.GetElapsedTime(swept) < _untilSweep)
            return;
        Array.Clear(_from);
        _sweepBegan = time.GetTimestamp();
    }

    /// <summary>Call after each fetch.</summary>
    public void EndFetch()
    {
        if (_sweepBegan is not { } began)
            return;
        var cost = time.GetElapsedTime(began) * 20;
        _untilSweep = cost > pollingInterval ? cost : pollingInterval;
        _sweptAt = time.GetTimestamp();
        _sweepBegan = null;
        _next.CopyTo(_from, 0);
    }
}
