namespace Cap.Storage;

/// <summary>How many messages of the outbox or the inbox are not settled.</summary>
/// <param name="Scheduled">Waiting for their next attempt or being worked on.</param>
/// <param name="Delayed">Waiting for their time.</param>
/// <param name="Failed">Given up.</param>
public sealed record MessageCounts(long Scheduled, long Delayed, long Failed)
{
    /// <summary>Counting stops at this number in each state: what reaches it is at least as much.</summary>
    public const long Most = 100_000;

    /// <summary>About how many settled messages are retained. An estimate: the ids that were given are counted, not the rows.</summary>
    public long Succeeded { get; init; }
}
