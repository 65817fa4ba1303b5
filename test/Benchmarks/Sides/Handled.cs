namespace Cap.Benchmarks;

/// <summary>How many messages the handler has seen. Thread-safe.</summary>
internal sealed class Handled
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);
}
