namespace Cap;

/// <summary>Flags a group's queue is declared with.</summary>
public sealed class QueueRabbitOptions
{
    /// <summary>The queue survives a restart of the broker. Default: true.</summary>
    public bool Durable { get; set; } = true;

    /// <summary>Only this connection may use the queue, and it goes with it. Default: false.</summary>
    public bool Exclusive { get; set; }

    /// <summary>The queue goes with its last consumer, and its messages with it. Default: false.</summary>
    public bool AutoDelete { get; set; }
}
