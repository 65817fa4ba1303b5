using Cap.Messages;

namespace Cap.Storage;

/// <summary>An action on all messages that a query finds, run by the nodes in batches. It survives their restart.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Query">
/// With what. Of the messages that are stored when it starts; what turns up later is not meant.
/// </param>
/// <param name="By">Who wants it.</param>
/// <param name="Expected">How many messages were shown to fit before it was started.</param>
public sealed record Operation(MessageActionKind Kind, MessageQuery Query, string By, long Expected)
{
    /// <summary>Its number; grows. 0 for one that is to be stored.</summary>
    public long Id { get; init; }

    /// <summary>When it was started, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, UTC; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public OperationState State { get; init; }

    /// <summary>How many rows it has changed so far.</summary>
    public long Changed { get; init; }

    /// <summary>
    /// The place to go on behind. An operation begins behind the newest message there is when it is started, so that what turns up later is
    /// not meant; null for the beginning of everything.
    /// </summary>
    public PageKey? From { get; init; }

    /// <summary>Why it failed, or who stopped it.</summary>
    public string? Reason { get; init; }

    /// <summary>Outbox or inbox.</summary>
    public MessageType Type => Query.Type;
}
