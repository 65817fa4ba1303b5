using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>A delivery, with the channel it came on and its number there: it can be acknowledged nowhere else.</summary>
internal sealed class RabbitMQDelivery(TransportMessage message, bool redelivered, ConsumerChannel channel, ulong tag)
    : Delivery(message, redelivered)
{
    public ConsumerChannel Channel { get; } = channel;

    public ulong Tag { get; } = tag;

    /// <inheritdoc/>
    public override bool IsVoid => !Channel.IsAlive;
}
