namespace Cap.PostgreSql;

/// <summary>The cursors of one lane. Not thread-safe: guarded by <see cref="KeyedCursors"/>.</summary>
internal sealed class LaneCursors(TimeProvider time)
{
    private static readonly TimeSpan LeastUntilSweep = TimeSpan.FromMinutes(1);
    private readonly Dictionary<short, long> _from = [];
    private CursorMark? _mark;
    private long _swept = time.GetTimestamp();
    private long? _sweepBegan;
    private TimeSpan _untilSweep = LeastUntilSweep;

    /// <summary>Rows with a key were found since the last move.</summary>
    public bool IsUsed { get; private set; }

    public bool IsMoving { get; set; }

    public long Moved { get; set; }

    public long FromOf(short shard) => _from.GetValueOrDefault(shard);

    /// <summary>Whether the fetch that begins should look at everything. One that fails is due again.</summary>
    public bool BeginsSweep()
    {
        _sweepBegan = _from.Count > 0 && time.GetElapsedTime(_swept) >= _untilSweep ? time.GetTimestamp() : null;
        return _sweepBegan is not null;
    }

    /// <summary>A sweep over millions of dead entries takes seconds: it costs a twentieth of the time at most.</summary>
    public void EndSweep()
    {
        if (_sweepBegan is not { } began)
            return;
        var cost = time.GetElapsedTime(began) * 20;
        _untilSweep = cost > LeastUntilSweep ? cost : LeastUntilSweep;
        _swept = time.GetTimestamp();
        _sweepBegan = null;
    }

    /// <summary>A fresh row with a key was found.</summary>
    public void Saw(short shard, long id)
    {
        IsUsed = true;
        // Below the cursor: the database has forgotten something. From here on the row is found again.
        if (id < FromOf(shard))
            _from[shard] = id;
    }

    /// <param name="writers">Who wrote before the look.</param>
    /// <param name="first">What the look found.</param>
    /// <param name="next">The mark of now.</param>
    public void Move(HashSet<string> writers, Dictionary<short, long?> first, CursorMark next)
    {
        if (_mark is not { } mark || mark.ServerStart != next.ServerStart || next.Newest < mark.Newest)
        {
            _from.Clear();
            _mark = next;
            return;
        }
        // One that still waits is kept: among new writers, some would always be left.
        if (mark.Writers.Overlaps(writers) || writers.Any(CursorMark.IsPrepared))
            return;
        foreach (var (shard, id) in first)
            _from[shard] = Math.Max(FromOf(shard), Math.Min(id ?? long.MaxValue, mark.Newest + 1));
        _mark = next;
        // Until rows with a key turn up again there is nothing to move on from.
        IsUsed = false;
    }
}
