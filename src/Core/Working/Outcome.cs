using Cap.Storage;

namespace Cap.Working;

/// <summary>The end of one attempt, to be written down.</summary>
/// <param name="Message">The row.</param>
/// <param name="Failure">What failed and what follows; null when it is done.</param>
internal sealed record Outcome(DueMessage Message, FailedAttempt? Failure);
