namespace Cap.Storage;

/// <summary>
/// What was counted in a lane within a minute, or within the step that was asked for. A node that is killed loses what it has not stored yet, a few
/// seconds of it.
/// </summary>
/// <param name="Lane">The lane.</param>
/// <param name="Minute">When the minute or step began, UTC, by the database's clock; not looked at where statistics are added.</param>
/// <param name="Succeeded">Messages that were settled.</param>
/// <param name="Failed">Attempts that failed.</param>
/// <param name="GivenUp">Messages that were given up.</param>
/// <param name="Waited">How long messages took from when they were published (or due) until they were settled, by <see cref="Durations"/>; empty where that was not asked for.</param>
/// <param name="Took">How long successful attempts took, by <see cref="Durations"/>; empty where that was not asked for.</param>
public sealed record LaneStatistics(
    Lane Lane, DateTimeOffset Minute, long Succeeded, long Failed, long GivenUp, IReadOnlyList<long> Waited, IReadOnlyList<long> Took);
