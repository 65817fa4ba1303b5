namespace Cap.Benchmarks;

/// <summary>What the handler has seen. Thread-safe.</summary>
internal sealed class Handled
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Called with the number of each message, first thing in its handler.</summary>
    public Action<long>? OnHandling { get; set; }

    public void Add(Work work)
    {
        OnHandling?.Invoke(work.Number);
        Interlocked.Increment(ref _count);
    }
}
