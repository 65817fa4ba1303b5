namespace Cap.Conformance;

/// <summary>
/// A clock that moves only when a test says so. Timers fire inside <see cref="Advance"/>, in the order they fall due, each seeing its own
/// due time as now. Thread-safe.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _now = start.ToUniversalTime();

    /// <summary>Starts on a Tuesday in 2030.</summary>
    public FakeTimeProvider()
        : this(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)) { }

    /// <summary>When the next timer falls due, from now; null when none waits.</summary>
    public TimeSpan? NextDueIn
    {
        get
        {
            lock (_lock)
                return _timers.Min(t => t.DueAt) - _now;
        }
    }

    /// <summary>How many timers wait: lets a test know that a loop has begun to wait before it moves the clock.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_lock)
                return _timers.Count(t => t.DueAt is not null);
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        FireDue();
        return timer;
    }

    /// <summary>Moves the clock and fires what falls due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetUtcNow() + by;
        FireDue(end);
        lock (_lock)
            _now = end > _now ? end : _now;
    }

    internal bool Set(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            if (timer.IsDisposed)
                return false;
            timer.DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : _now + dueTime;
            timer.Period = period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero ? null : period;
            if (!_timers.Contains(timer))
                _timers.Add(timer);
            return true;
        }
    }

    internal void Remove(FakeTimer timer)
    {
        lock (_lock)
        {
            timer.IsDisposed = true;
            timer.DueAt = null;
            _timers.Remove(timer);
        }
    }

    private void FireDue(DateTimeOffset? until = null)
    {
        while (TakeNext(until) is { } timer)
            timer.Fire();
    }

    private FakeTimer? TakeNext(DateTimeOffset? until)
    {
        lock (_lock)
        {
            var end = until ?? _now;
            var next = _timers.Where(t => t.DueAt <= end).MinBy(t => t.DueAt);
            if (next?.DueAt is not { } due)
                return null;
            _now = due > _now ? due : _now;
            next.DueAt = next.Period is { } period ? due + period : null;
            return next;
        }
    }
}
