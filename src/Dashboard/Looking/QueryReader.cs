using System.Globalization;
using Cap.Messages;
using Cap.Storage;
using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>Reads a search from the parameters of an address or of a form. What cannot be understood is said, not left out.</summary>
internal static class QueryReader
{
    /// <summary>Messages on a page.</summary>
    public const int PageSize = 50;

    private const int MostLetters = 1_000;

    /// <summary>The query, and what is wrong with the parameters; nothing when nothing is.</summary>
    public static (MessageQuery Query, IReadOnlyList<string> Faults) Read(Func<string, string?> parameter)
    {
        var faults = new List<string>();
        var name = Text("name");
        var isExact = name is ['=', _, ..];
        var query = new MessageQuery
        {
            Type = Type(parameter("type"), faults),
            Status = Status(Text("state"), faults),
            Name = isExact ? name![1..] : null,
            NamePattern = isExact ? null : name,
            Group = Text("group"),
            Key = Text("key"),
            MessageId = Text("id"),
            AddedFrom = Time("since"),
            AddedBefore = Time("until"),
            Header = Text("header") is { } header ? Header(header) : null,
            Text = Text("text"),
            Error = Text("error"),
            IsOldestFirst = IsOldestFirst(Text("order"), faults),
            From = From(Text("from"), faults),
            Limit = PageSize,
            IsWithContent = false,
        };
        return (query, faults);

        string? Text(string name)
        {
            var text = parameter(name);
            if (text?.Length > MostLetters)
            {
                faults.Add($"'{name}' has {text.Length} letters; {MostLetters} are enough.");
                return null;
            }
            return string.IsNullOrWhiteSpace(text) ? null : text.Replace('\0', '\ufffd').Trim();
        }

        DateTimeOffset? Time(string name)
        {
            var text = Text(name);
            if (text is null)
                return null;
            // What a browser's date field sends has no zone: everything here is UTC.
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                && time.Year is > 1970 and < 9999)
            {
                return time;
            }
            faults.Add($"'{name}' is '{text}', which is no time. Write it as 2026-11-22T03:04, UTC.");
            return null;
        }
    }

    public static MessageType Type(string? text, List<string> faults)
    {
        if (text is null or "published" or "received")
            return text == "received" ? MessageType.Subscribe : MessageType.Publish;
        faults.Add($"The type is '{text}'. There are 'published' and 'received'.");
        return MessageType.Publish;
    }

    private static StatusName? Status(string? text, List<string> faults)
    {
        if (text is null)
            return null;
        if (Enum.TryParse<StatusName>(text, ignoreCase: true, out var status) && Enum.IsDefined(status) && !char.IsDigit(text[0]))
            return status;
        faults.Add($"The state is '{text}'. There are {string.Join(", ", Enum.GetNames<StatusName>())}.");
        return null;
    }

    private static bool IsOldestFirst(string? text, List<string> faults)
    {
        if (text is not (null or "oldest" or "newest"))
            faults.Add($"The order is '{text}'. There are 'newest' and 'oldest'.");
        return text == "oldest";
    }

    private static PageKey? From(string? text, List<string> faults)
    {
        if (text is null)
            return null;
        if (PageKey.TryParse(text, out var key))
            return key;
        faults.Add($"'from' is '{text}', which is no place in a list. Leave it out for the first page.");
        return null;
    }

    private static HeaderMatch Header(string text)
    {
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign < 0 ? new(text, null) : new(text[..sign].Trim(), text[(sign + 1)..].Trim());
    }

    /// <summary>The parameters of an address.</summary>
    public static (MessageQuery Query, IReadOnlyList<string> Faults) Read(IQueryCollection parameters) =>
        Read(name => parameters.TryGetValue(name, out var value) ? value.ToString() : null);

    /// <summary>The fields of a form.</summary>
    public static (MessageQuery Query, IReadOnlyList<string> Faults) Read(IFormCollection fields) =>
        Read(name => fields.TryGetValue(name, out var value) ? value.ToString() : null);
}
