namespace Cap.Retrying;

/// <summary>When a failed message is tried again. Pure.</summary>
internal static class RetryRule
{
    /// <summary>The pause before the next try, or null to give up.</summary>
    /// <param name="options">The rules.</param>
    /// <param name="attempt">The number of the attempt that failed; 1 for the first.</param>
    /// <param name="hopeless">Trying again cannot help: nobody can read it.</param>
    public static TimeSpan? NextTry(CapOptions options, int attempt, bool hopeless) =>
        hopeless || attempt >= options.FailedRetryCount ? null
        : attempt < options.ImmediateRetryCount ? TimeSpan.Zero
        : options.FailedRetryInterval;
}
