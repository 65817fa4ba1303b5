namespace Cap;

/// <summary>How many deliveries of a queue may wait unacknowledged on one node.</summary>
/// <param name="prefetchCount">The number; at least 1.</param>
public sealed class BasicQos(ushort prefetchCount)
{
    /// <summary>How many deliveries may wait unacknowledged. The inbox stores what has gathered at once: 1 makes it slow.</summary>
    public ushort PrefetchCount { get; } = prefetchCount;
}
