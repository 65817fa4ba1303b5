using System.Globalization;
using Cap.Messages;

namespace Cap.Storage;

/// <summary>
/// Looks for stored messages, newest first; failed ones by when they failed. What is given here must all fit.
/// </summary>
/// <remarks>
/// Nothing but ids and states has an index: a search for anything else goes through the messages one by one, a bounded number for each page
/// (<see cref="MessagePage.SearchedTo"/>).
/// </remarks>
public sealed record MessageQuery
{
    /// <summary>Outbox or inbox.</summary>
    public required MessageType Type { get; init; }

    /// <summary>Only these; null for all.</summary>
    public StatusName? Status { get; init; }

    /// <summary>Only this name; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Only names that fit: with <c>*</c> (one word) or <c>#</c> (any number of words) as in <c>[CapSubscribe]</c>, else names that contain this
    /// text. Null for all.
    /// </summary>
    public string? NamePattern { get; init; }

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

    /// <summary>Only what was stored at this time of the database's clock or later; null for all.</summary>
    public DateTimeOffset? AddedFrom { get; init; }

    /// <summary>Only what was stored before this time of the database's clock; null for all.</summary>
    public DateTimeOffset? AddedBefore { get; init; }

    /// <summary>Only with this header; null for all.</summary>
    public HeaderMatch? Header { get; init; }

    /// <summary>Only contents with this text, letter by letter, as JSON has it or as it reads; null for all.</summary>
    public string? Text { get; init; }

    /// <summary>Only unsettled messages with this text, in upper or lower case, in the error of a kept attempt; null for all.</summary>
    public string? Error { get; init; }

    /// <summary>Oldest first. Default: false, newest first.</summary>
    public bool IsOldestFirst { get; init; }

    /// <summary>Goes on behind a page: its <see cref="MessagePage.Next"/>. Null for the first page.</summary>
    public PageKey? From { get; init; }

    /// <summary>Whether <see cref="StoredMessage.Content"/> is read, which may be large. Default: true.</summary>
    public bool IsWithContent { get; init; } = true;

    /// <summary>At most this many. Default: 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>What it looks for, for a person: <c>received, state Failed, error 'paid'</c>.</summary>
    public override string ToString()
    {
        (string What, object? Value)[] parts =
        [
            ("state", Status),
            ("name", Quoted(Name ?? NamePattern)),
            ("group", Quoted(Group)),
            ("key", Quoted(Key)),
            ("row", Id),
            ("message id", Quoted(MessageId)),
            ("stored since", Written(AddedFrom)),
            ("stored before", Written(AddedBefore)),
            ("header", Quoted(Header?.ToString())),
            ("content", Quoted(Text)),
            ("error", Quoted(Error)),
            ("blocking its key", IsBlocking ? "" : null),
        ];
        var wanted = parts.Where(p => p.Value is not null).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.What} {p.Value}").TrimEnd());
        return string.Join(", ", wanted.Prepend(Type == MessageType.Publish ? "published" : "received"));

        static string? Quoted(string? text) => text is null ? null : $"'{text}'";

        static string? Written(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
