using Cap.Storage;

namespace Cap.InMemory;

/// <summary>A stored message with its state. Guarded by the lock of <see cref="InMemoryTables"/>.</summary>
internal sealed class InMemoryRow
{
    public required long Id { get; init; }

    public required Lane Lane { get; init; }

    public required int Shard { get; init; }

    public required string MessageId { get; init; }

    public required string Name { get; init; }

    public required string? Key { get; init; }

    public required long? KeyHash { get; init; }

    public required byte[] Content { get; init; }

    public required DateTimeOffset Added { get; init; }

    /// <summary>Null: it waits for a person, or is settled, or <see cref="IsFresh"/>.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Due since it was stored.</summary>
    public bool IsFresh { get; set; }

    public bool IsSettled { get; set; }

    public int Retries { get; set; }

    /// <summary>When a given-up row goes.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Oldest first.</summary>
    public List<Attempt> Attempts { get; } = [];

    /// <summary>The open transaction that settles it; whoever wants to change the row waits for its end.</summary>
    public InMemoryTransaction? Holder { get; set; }

    public bool IsDue(DateTimeOffset now) => !IsSettled && (IsFresh || DueAt <= now);

    public bool IsGivenUp => !IsSettled && !IsFresh && DueAt is null;

    public void Add(Attempt attempt, int keep = 20)
    {
        Attempts.Add(attempt);
        Attempts.RemoveRange(0, Math.Max(0, Attempts.Count - keep));
    }
}
