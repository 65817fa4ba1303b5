namespace Cap.Storage;

/// <summary>How many messages of the outbox or the inbox are not settled. Where counting stopped at a bound, there may be more than the number says.</summary>
/// <param name="Scheduled">Waiting for their next attempt or being worked on.</param>
/// <param name="Delayed">Waiting for their time.</param>
/// <param name="Failed">Given up.</param>
public sealed record MessageCounts(long Scheduled, long Delayed, long Failed)
{
    /// <summary>A storage that has to look at rows to count them looks at no more than this many of a kind.</summary>
    public const long Most = 100_000;

    /// <summary>There may be more scheduled messages than <see cref="Scheduled"/>: counting stopped before the end. Default: false.</summary>
    public bool IsScheduledAtLeast { get; init; }

    /// <summary>
    /// There may be more delayed messages than <see cref="Delayed"/>. Those that wait for another attempt lie between them, so either number can be
    /// far below <see cref="Most"/> when counting both has stopped. Default: false.
    /// </summary>
    public bool IsDelayedAtLeast { get; init; }

    /// <summary>There may be more failed messages than <see cref="Failed"/>: counting stopped before the end. Default: false.</summary>
    public bool IsFailedAtLeast { get; init; }

    /// <summary>Whether there may be more of any of them.</summary>
    public bool IsAtLeast => IsScheduledAtLeast || IsDelayedAtLeast || IsFailedAtLeast;

    /// <summary>
    /// About how many settled messages are retained. An estimate: the ids that were given are counted, not the rows. What was not counted above is
    /// counted here: with <see cref="IsAtLeast"/>, there are at most about so many.
    /// </summary>
    public long Succeeded { get; init; }
}
