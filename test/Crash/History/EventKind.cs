namespace Cap.Crash.History;

/// <summary>What a process notes in its journal.</summary>
internal enum EventKind
{
    /// <summary>It is about to commit the transaction that publishes a note.</summary>
    Intent,

    /// <summary>The database said that the transaction is committed.</summary>
    Committed,

    /// <summary>It chose to roll the transaction back.</summary>
    RolledBack,

    /// <summary>A handler begins with a note.</summary>
    Begin,

    /// <summary>The handler has ended well, as far as it knows.</summary>
    End,

    /// <summary>The handler threw.</summary>
    Threw,

    /// <summary>A heartbeat succeeded; its place is when it was sent.</summary>
    Heartbeat,
}
