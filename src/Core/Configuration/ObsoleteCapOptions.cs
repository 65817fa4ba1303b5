namespace Cap;

/// <content>Options of DotNetCore.CAP that the design makes needless: they stay so that an application compiles, and say why.</content>
public sealed partial class CapOptions
{
    /// <summary>Has no effect: due work is one indexed question, there is no window to look back.</summary>
    [Obsolete("Has no effect: failed messages are found by their due time, whatever their age. Remove it.")]
    public int FallbackWindowLookbackSeconds { get; set; }

    /// <summary>Has no effect: nodes always share the work by leases.</summary>
    [Obsolete("Has no effect: nodes always share the work by leases (LeaseTime), so no row is retried by two of them. Remove it.")]
    public bool UseStorageLock { get; set; }

    /// <summary>Has no effect: sending is always parallel, in batches, and never on the caller's thread.</summary>
    [Obsolete("Has no effect: messages are always sent in parallel batches by the relay. Remove it.")]
    public bool EnablePublishParallelSend { get; set; }

    /// <summary>Has no effect: handlers always run in parallel.</summary>
    [Obsolete("Has no effect: handlers always run in parallel, ConsumerThreadCount at once. Remove it.")]
    public bool EnableSubscriberParallelExecute { get; set; }

    /// <summary>Has no effect: see <see cref="ConsumerThreadCount"/>.</summary>
    [Obsolete("Has no effect: set ConsumerThreadCount instead.")]
    public int SubscriberParallelExecuteThreadCount { get; set; }

    /// <summary>Has no effect: see <see cref="MaxBufferedBytes"/>.</summary>
    [Obsolete("Has no effect: what waits in memory is bounded by SchedulerBatchSize and MaxBufferedBytes. Remove it.")]
    public int SubscriberParallelExecuteBufferFactor { get; set; }
}
