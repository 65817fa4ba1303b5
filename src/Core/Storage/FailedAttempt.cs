namespace Cap.Storage;

/// <summary>Says that an attempt failed, and what follows.</summary>
/// <param name="Id">The row.</param>
/// <param name="Attempt">
/// The attempt. It counts only while the row's <c>Retries</c> is one below <see cref="Attempt.Number"/>: when another node was
/// faster, nothing changes.
/// </param>
/// <param name="RetryIn">When to try again; null to give up: the row is Failed and waits for a person.</param>
/// <param name="KeepTime">How long a given-up row is kept.</param>
public sealed record FailedAttempt(long Id, Attempt Attempt, TimeSpan? RetryIn, TimeSpan KeepTime)
{
    /// <summary>How many of the message's attempts are kept: the newest. Default: 20.</summary>
    public int KeepAttempts { get; init; } = 20;
}
