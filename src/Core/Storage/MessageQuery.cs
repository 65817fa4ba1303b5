using Cap.Messages;

namespace Cap.Storage;

/// <summary>Looks for stored messages, newest first.</summary>
public sealed record MessageQuery
{
    /// <summary>Outbox or inbox.</summary>
    public required MessageType Type { get; init; }

    /// <summary>Only these; null for all.</summary>
    public StatusName? Status { get; init; }

    /// <summary>Only this name; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Only this full group name (inbox); null for all.</summary>
    public string? Group { get; init; }

    /// <summary>Only this row; null for all.</summary>
    public long? Id { get; init; }

    /// <summary>Only this message id; null for all.</summary>
    public string? MessageId { get; init; }

    /// <summary>Only rows with a smaller id: the key of the next page. Null for the first page.</summary>
    public long? BeforeId { get; init; }

    /// <summary>At most this many. Default: 100.</summary>
    public int Limit { get; init; } = 100;
}
