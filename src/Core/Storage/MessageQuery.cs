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

    /// <summary>Only this ordering key; null for all.</summary>
    public string? Key { get; init; }

    /// <summary>
    /// Only rows that hold up the later rows of their key: of each key in each lane the first that has failed and is not settled. With
    /// <see cref="Key"/>, the one that holds up that key. Default: false, all rows.
    /// </summary>
    public bool IsBlocking { get; init; }

    /// <summary>Only this row; null for all.</summary>
    public long? Id { get; init; }

    /// <summary>Only this message id; null for all.</summary>
    public string? MessageId { get; init; }

    /// <summary>Only rows with a smaller id: the key of the next page. Null for the first page.</summary>
    public long? BeforeId { get; init; }

    /// <summary>At most this many. Default: 100.</summary>
    public int Limit { get; init; } = 100;
}
