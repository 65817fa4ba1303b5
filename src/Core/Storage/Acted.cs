namespace Cap.Storage;

/// <summary>What came of an action.</summary>
/// <param name="Changed">How many rows really changed.</param>
/// <param name="AuditId">The entry of the audit log; 0 for a part of an operation, and for an action on nothing.</param>
public sealed record Acted(int Changed, long AuditId)
{
    /// <summary>False for a part of an operation that has ended, or that another node runs now: nothing was changed. Default: true.</summary>
    public bool IsHeld { get; init; } = true;
}
