namespace Cap.Waking;

/// <summary>Wakes one waiter. Signals that come while nobody waits, or together, count as one; none is lost.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => Volatile.Read(ref _next).TrySetResult();

    /// <summary>Waits for a signal, at most for the given time. True when one came. What a late signal announces must be looked for after this returns.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken stop)
    {
        var signalled = true;
        try
        {
            await Volatile.Read(ref _next).Task.WaitAsync(atMost, time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            signalled = false;
        }
        Volatile.Write(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        return signalled;
    }
}
