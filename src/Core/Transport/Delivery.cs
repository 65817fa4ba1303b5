namespace Cap.Transport;

/// <summary>A message a subscription received. Drivers derive from it to carry what they need for the acknowledgement.</summary>
/// <param name="message">The message. Its body stays valid until the delivery is acknowledged.</param>
/// <param name="redelivered">The broker says it may have been delivered before.</param>
public class Delivery(TransportMessage message, bool redelivered)
{
    /// <summary>The message.</summary>
    public TransportMessage Message { get; } = message;

    /// <summary>The broker says it may have been delivered before.</summary>
    public bool IsRedelivered { get; } = redelivered;

    /// <summary>
    /// It can no longer be acknowledged, and the broker delivers the message again: its connection or subscription is gone, or its sender
    /// has given up. Once true it stays true, and whatever came behind it on the same connection is void too. A driver that cannot tell leaves
    /// it at false; then a message that waits to be stored is stored although it comes again. Asked from any thread.
    /// </summary>
    public virtual bool IsVoid => false;

    /// <summary>
    /// Why the driver could not read what arrived: then the body has the bytes as they came, and the inbox stores them as a Failed message with this
    /// reason. Null for a message.
    /// </summary>
    public virtual string? Fault => null;
}
