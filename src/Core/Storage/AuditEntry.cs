namespace Cap.Storage;

/// <summary>Something a person did.</summary>
/// <param name="By">Who.</param>
/// <param name="What">What was done: <c>retry</c>, <c>delete</c>, <c>pause</c> …</param>
/// <param name="On">To what: the rows, the filter, or the group.</param>
/// <param name="Changed">How many rows really changed.</param>
public sealed record AuditEntry(string By, string What, string On, long Changed)
{
    /// <summary>Number of the entry; grows. 0 for one that is to be written.</summary>
    public long Id { get; init; }

    /// <summary>When it was done, UTC, by the database's clock.</summary>
    public DateTimeOffset At { get; init; }
}
