using Cap.Messages;

namespace Cap.Storage;

/// <summary>What a person wants done to unsettled messages.</summary>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Ids">The rows.</param>
public sealed record MessageAction(MessageType Type, MessageActionKind Kind, IReadOnlyCollection<long> Ids);
