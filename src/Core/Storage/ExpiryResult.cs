namespace Cap.Storage;

/// <summary>What a purge removed.</summary>
/// <param name="Succeeded">How many succeeded rows; an estimate where whole partitions go.</param>
/// <param name="Failed">The failed messages that went: these are named in the log, never dropped in silence.</param>
/// <param name="HasMore">A bound cut the work short: ask again.</param>
public sealed record ExpiryResult(long Succeeded, IReadOnlyList<ExpiredMessage> Failed, bool HasMore);
