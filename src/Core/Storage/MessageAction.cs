using Cap.Messages;

namespace Cap.Storage;

/// <summary>What a person wants done to unsettled messages.</summary>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Ids">The rows.</param>
/// <param name="By">Who wants it, for the audit log.</param>
public sealed record MessageAction(MessageType Type, MessageActionKind Kind, IReadOnlyCollection<long> Ids, string By)
{
    /// <summary>The operation this is a part of, which has its own entry in the audit log; null for none.</summary>
    public OperationStep? Operation { get; init; }
}
