namespace Cap.Messages;

/// <summary>On which side of the broker a message is looked at.</summary>
public enum MessageType
{
    /// <summary>A message this application publishes: a row of the outbox.</summary>
    Publish,

    /// <summary>A message this application received: a row of the inbox.</summary>
    Subscribe,
}
