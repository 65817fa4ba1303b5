using Cap.Messages;

namespace Cap.Storage;

/// <summary>A failed message that nobody acted on in time.</summary>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Id">Row id.</param>
/// <param name="MessageId">Message id.</param>
/// <param name="Name">Name of the message.</param>
public sealed record ExpiredMessage(MessageType Type, long Id, string MessageId, string Name);
