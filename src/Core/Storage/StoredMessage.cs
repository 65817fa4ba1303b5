using Cap.Messages;

namespace Cap.Storage;

/// <summary>A row of the outbox or the inbox, as people look at it.</summary>
public sealed record StoredMessage
{
    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>Message id.</summary>
    public required string MessageId { get; init; }

    /// <summary>Version the row belongs to; of the inbox, the part of the group's name after the last dot.</summary>
    public string? Version { get; init; }

    /// <summary>Name of the message.</summary>
    public required string Name { get; init; }

    /// <summary>Full group name (inbox), or null.</summary>
    public string? Group { get; init; }

    /// <summary>Ordering key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>JSON <c>{"Headers":{…},"Value":…}</c>; empty when the query asks for none.</summary>
    public required string Content { get; init; }

    /// <summary>How many bytes the content has.</summary>
    public long Size { get; init; }

    /// <summary>Characters of an error that <see cref="LastError"/> has at most.</summary>
    public const int MostOfError = 300;

    /// <summary>The first line of the last attempt's error, at most <see cref="MostOfError"/> characters; null for a settled message or one that has not failed.</summary>
    public string? LastError { get; init; }

    /// <summary>How many attempts have failed.</summary>
    public int Retries { get; init; }

    /// <summary>When it was stored, UTC.</summary>
    public DateTimeOffset Added { get; init; }

    /// <summary>When it falls due, UTC; null when it is settled, given up, or due since it was stored.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it may be purged, UTC; null while it is not settled.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Its state.</summary>
    public StatusName StatusName { get; init; }

    /// <summary>What <see cref="LastError"/> has of an error.</summary>
    public static string FirstLine(string error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var line = error.Split('\n', 2)[0];
        return line.Length > MostOfError ? line[..MostOfError] : line;
    }
}
