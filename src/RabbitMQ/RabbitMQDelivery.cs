using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>A message that was delivered, alone or in a bundle. It can be acknowledged nowhere but on the channel it came on.</summary>
internal sealed class RabbitMQDelivery(TransportMessage message, bool redelivered, ConsumerChannel channel, Unacknowledged frame, string? fault)
    : Delivery(message, redelivered)
{
    private bool _isAcknowledged;

    public ConsumerChannel Channel { get; } = channel;

    /// <inheritdoc/>
    public override bool IsVoid => !Channel.IsAlive;

    /// <inheritdoc/>
    public override string? Fault { get; } = fault;

    /// <summary>
    /// Notes it as acknowledged. Returns the number to tell the broker: null when it was noted before, or others of its bundle were not yet.
    /// Not thread-safe.
    /// </summary>
    public ulong? Acknowledge()
    {
        if (_isAcknowledged)
            return null;
        _isAcknowledged = true;
        return --frame.Count == 0 ? frame.Tag : null;
    }
}
