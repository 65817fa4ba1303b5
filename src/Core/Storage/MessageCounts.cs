namespace Cap.Storage;

/// <summary>How many messages of the outbox or the inbox are not settled.</summary>
/// <param name="Scheduled">Waiting for their next attempt or being worked on.</param>
/// <param name="Delayed">Waiting for their time.</param>
/// <param name="Failed">Given up.</param>
public sealed record MessageCounts(long Scheduled, long Delayed, long Failed);
