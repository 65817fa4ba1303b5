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
}
