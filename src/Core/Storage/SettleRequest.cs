namespace Cap.Storage;

/// <summary>Results of a batch of attempts, written in one round trip.</summary>
/// <param name="Lane">The lane of the rows.</param>
/// <param name="Succeeded">Rows that are done. Rows that are gone already are passed over.</param>
/// <param name="Failed">Attempts that failed.</param>
public sealed record SettleRequest(Lane Lane, IReadOnlyList<long> Succeeded, IReadOnlyList<FailedAttempt> Failed);
