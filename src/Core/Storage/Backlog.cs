namespace Cap.Storage;

/// <summary>The work that is due in a lane.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Due">How many messages are due.</param>
/// <param name="IsAtLeast">There may be more than <paramref name="Due"/>: counting stopped at a bound.</param>
/// <param name="OldestAge">How long the oldest of them has been due; null for none.</param>
public sealed record Backlog(Lane Lane, long Due, bool IsAtLeast, TimeSpan? OldestAge);
