namespace Cap.Storage;

/// <summary>Looks for what people did, newest first.</summary>
public sealed record AuditQuery
{
    /// <summary>Only this entry; null for all.</summary>
    public long? Id { get; init; }

    /// <summary>Only what this person did; null for all.</summary>
    public string? By { get; init; }

    /// <summary>Only entries with a smaller number: the key of the next page. Null for the first page.</summary>
    public long? BeforeId { get; init; }

    /// <summary>At most this many. Default: 100.</summary>
    public int Limit { get; init; } = 100;
}
