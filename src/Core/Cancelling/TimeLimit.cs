namespace Cap.Cancelling;

/// <summary>
/// The token of one run of something, a handler above all: cancelled when its time is over, if it has a limit, or the node stops, and it
/// remembers which of the two came first, since only one of them makes a failed attempt. Each run has its own, so that a handler that blocks
/// where it hears of the stop keeps no other from hearing it.
/// </summary>
/// <remarks>
/// A source with a time-out of its own would run what others registered at its token on a timer's thread, where an exception ends the
/// process; database drivers are known to throw there. The source is never disposed: a time-out that fires while the run ends would throw too.
/// </remarks>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Action<Exception?> _onOver;
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _stopping;
    private int _cause;

    /// <param name="limit">How long the run may take, from now; null for as long as it likes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onOver">Told once, when the time is over; and again with what somebody threw who heard of it.</param>
    /// <param name="stop">The node stops.</param>
    public TimeLimit(TimeSpan? limit, TimeProvider time, Action<Exception?> onOver, CancellationToken stop)
    {
        _onOver = onOver;
        _stopping = stop.Register(() => _ = EndByStopAsync());
        if (limit is not null)
            _timer = time.CreateTimer(_ => _ = EndByTimeAsync(), null, limit.Value, Timeout.InfiniteTimeSpan);
    }

    private enum Cause
    {
        None,
        Stop,
        Time,
        Ended,
    }

    /// <summary>What the run gets.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the time was over before the run ended and before the node's stop cancelled it.</summary>
    public bool IsOver => Volatile.Read(ref _cause) == (int)Cause.Time;

    /// <summary>The run ended: neither time nor stop matter any more.</summary>
    public void Dispose()
    {
        Note(Cause.Ended);
        _timer?.Dispose();
        // Not Dispose, which waits for a callback that runs: what a handler registered at its token may block.
        _stopping.Unregister();
    }

    /// <summary>Called while the node's token is being cancelled, which goes from one handler to the next: must not block or throw.</summary>
    private async Task EndByStopAsync()
    {
        if (Note(Cause.Stop))
            await _source.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Called by a timer, where an exception would end the process: here it ends in the task.</summary>
    private async Task EndByTimeAsync()
    {
        if (!Note(Cause.Time))
            return;
        try
        {
            // What the handler registered at its token runs elsewhere, since it may block.
            var cancelling = _source.CancelAsync();
            _onOver(null);
            await cancelling.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _onOver(e);
        }
    }

    /// <summary>The first cause counts. It is noted before the token is cancelled: whoever sees that finds the cause.</summary>
    private bool Note(Cause cause) => Interlocked.CompareExchange(ref _cause, (int)cause, (int)Cause.None) == (int)Cause.None;
}
