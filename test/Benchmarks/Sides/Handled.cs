namespace Cap.Benchmarks;

/// <summary>How many messages the handler has seen. Thread-safe.</summary>
internal sealed class Handled
{
    private readonly TaskCompletionSource _never = new();
    private long _count;
    private (long Target, TaskCompletionSource Reached) _goal;

    public Handled() => _goal = (long.MaxValue, _never);

    public void Add(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        if (Interlocked.Increment(ref _count) >= Volatile.Read(ref _goal.Target))
            _goal.Reached.TrySetResult();
    }

    /// <summary>Ends when that many were seen in all.</summary>
    public async Task ReachAsync(long count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _goal.Reached = reached;
        Volatile.Write(ref _goal.Target, count);
        if (Interlocked.Read(ref _count) < count)
            await reached.Task;
    }
}
