namespace Cap.Crash.History;

/// <summary>Everything that is known about one run, from sources that do not depend on Cap.</summary>
internal sealed record RunHistory
{
    /// <summary>What the application committed, as its own table says.</summary>
    public required IReadOnlyList<WrittenNote> Written { get; init; }

    /// <summary>What transactional handlers did, as their own table says.</summary>
    public required IReadOnlyList<Effect> Effects { get; init; }

    /// <summary>The journals of all processes.</summary>
    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>Groups that promise to handle each note at least once.</summary>
    public required IReadOnlyList<string> PlainGroups { get; init; }

    /// <summary>Groups whose effect must be there exactly once.</summary>
    public required IReadOnlyList<string> ExactGroups { get; init; }

    /// <summary>How long a heartbeat keeps a process healthy.</summary>
    public required TimeSpan LeaseTime { get; init; }
}
