namespace Cap;

/// <summary>
/// Arguments a group's queue is declared with. RabbitMQ fixes them when it makes the queue: to change one, delete the queue or set
/// a policy there.
/// </summary>
public sealed class QueueArgumentsOptions
{
    /// <summary><c>quorum</c> or <c>classic</c> (<c>x-queue-type</c>). Default: <c>quorum</c>, which survives the loss of a node.</summary>
    public string QueueType { get; set; } = "quorum";

    /// <summary><c>lazy</c> or <c>default</c> (<c>x-queue-mode</c>), classic queues only. Default: not set.</summary>
    public string? QueueMode { get; set; }

    /// <summary>After how long the broker drops a message nobody took (<c>x-message-ttl</c>). Default: never.</summary>
    public TimeSpan? MessageTTL { get; set; }

    /// <summary>
    /// Any further arguments, by their name at the broker: <c>x-max-length</c>, <c>x-dead-letter-exchange</c>, … They go before Cap's own,
    /// among which is, for quorum queues, an <c>x-delivery-limit</c> of 2,147,483,647: RabbitMQ 4 would else drop a message that came
    /// back 20 times. A policy with a lower limit goes before the argument: do not set one for these queues. Null leaves an argument of Cap's
    /// out, for a queue that was declared without it.
    /// </summary>
    public IDictionary<string, object?> Others { get; } = new Dictionary<string, object?>(StringComparer.Ordinal);
}
