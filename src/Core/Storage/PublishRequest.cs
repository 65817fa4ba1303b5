namespace Cap.Storage;

/// <summary>Messages to be stored in the outbox by one statement, in the given order.</summary>
/// <param name="Lane">The outbox they belong to.</param>
/// <param name="Messages">The messages; at least one. Their row ids grow in this order.</param>
/// <param name="Transaction">The transaction to store them in; null for one of their own.</param>
public sealed record PublishRequest(Lane Lane, IReadOnlyList<NewMessage> Messages, StorageTransaction? Transaction);
