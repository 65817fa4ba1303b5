namespace Cap.Crash.History;

/// <summary>What the checker found.</summary>
internal sealed record Verdict
{
    /// <summary>Notes that were committed.</summary>
    public int Committed { get; init; }

    /// <summary>How many of them had a key.</summary>
    public int Keyed { get; init; }

    /// <summary>A committed note that a group never handled, or a commit that the database confirmed and that is not there.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>A note that was handled though it was never committed, or before it was.</summary>
    public IReadOnlyList<string> Ghosts { get; init; } = [];

    /// <summary>An effect of a transactional handler that is there more than once.</summary>
    public IReadOnlyList<string> Twice { get; init; } = [];

    /// <summary>A note that was handled before an earlier one of its key.</summary>
    public IReadOnlyList<string> OutOfOrder { get; init; } = [];

    /// <summary>A note that two healthy processes, or one process twice, worked at the same time.</summary>
    public IReadOnlyList<string> AtOnce { get; init; } = [];

    /// <summary>How often a plain handler ended well with a note it had ended well before: allowed, and told.</summary>
    public int Again { get; init; }

    public IEnumerable<string> Faults => Lost.Concat(Ghosts).Concat(Twice).Concat(OutOfOrder).Concat(AtOnce);

    public bool IsGood => !Faults.Any();
}
