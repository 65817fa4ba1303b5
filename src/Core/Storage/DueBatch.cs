namespace Cap.Storage;

/// <summary>The answer to a <see cref="DueQuery"/>.</summary>
/// <param name="Messages">The rows, by ascending id.</param>
/// <param name="HasMore">A limit cut the answer short: asking again may find more.</param>
/// <param name="NextDueIn">How long until the next row of these shards falls due; null when none waits for its time.</param>
public sealed record DueBatch(IReadOnlyList<DueMessage> Messages, bool HasMore, TimeSpan? NextDueIn);
