namespace Cap.RabbitMQ;

/// <summary>An AMQP message the broker has delivered, and how many of the messages in it are not acknowledged.</summary>
internal sealed class Unacknowledged(ulong tag, int count)
{
    /// <summary>Its number on the channel.</summary>
    public ulong Tag { get; } = tag;

    public int Count { get; set; } = count;
}
