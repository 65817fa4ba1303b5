using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cap.Messages;

namespace Cap.Storage;

/// <summary>
/// What a <see cref="MessageQuery"/> asks of names and contents, which no index answers: for drivers to put into a statement or to ask row by row.
/// Thread-safe.
/// </summary>
public sealed class MessageFilter
{
    private readonly HeaderMatch? _header;
    private readonly string? _name;
    private readonly TopicPattern? _pattern;

    /// <summary>The filter of a query.</summary>
    public MessageFilter(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        (_name, _header) = (query.Name, query.Header);
        var pattern = query.NamePattern is { Length: > 0 } text ? TopicPattern.Parse(text) : null;
        _pattern = pattern is { IsLiteral: true } ? null : pattern;
        NamePart = pattern is { IsLiteral: true } ? pattern.Text : null;
        NameRegex = _pattern is null ? null : RegexOf(_pattern.Text);
        TextForms = query.Text is { Length: > 0 } wanted ? Forms(wanted) : [];
        HeaderForms = _header is null ? [] : [.. Forms(_header.Name).Select(name => Encoding.UTF8.GetBytes($"\"{Encoding.UTF8.GetString(name)}\":"))];
    }

    /// <summary>A text that names must contain, in upper or lower case; null for any.</summary>
    public string? NamePart { get; }

    /// <summary>A regular expression that names must match; null for any.</summary>
    public string? NameRegex { get; }

    /// <summary>The ways a content may write the wanted text, at least one of which it must contain; empty for any content.</summary>
    public IReadOnlyList<byte[]> TextForms { get; }

    /// <summary>The ways a content with the wanted header may write its name, at least one of which it must contain; empty for any content.</summary>
    public IReadOnlyList<byte[]> HeaderForms { get; }

    /// <summary>Whether contents must be asked by <see cref="FitsContent"/>, when a statement has asked for the forms only.</summary>
    public bool NeedsContent => _header is not null;

    /// <summary>Whether a name fits.</summary>
    public bool FitsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return (_name is null || _name == name)
            && (NamePart is null || name.Contains(NamePart, StringComparison.OrdinalIgnoreCase))
            && (_pattern is null || _pattern.IsMatch(name));
    }

    /// <summary>Whether a content fits: one that cannot be read has no headers.</summary>
    public bool FitsContent(ReadOnlyMemory<byte> content)
    {
        if (TextForms.Count > 0 && !TextForms.Any(form => content.Span.IndexOf(form) >= 0))
            return false;
        if (_header is null)
            return true;
        try
        {
            return MessageContent.Read(content).Headers.TryGetValue(_header.Name, out var value) && (_header.Value is null || _header.Value == value);
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>As it reads, and as serializers write it: with as few escapes as there may be, or everything but ASCII escaped.</summary>
    private static List<byte[]> Forms(string text) =>
    [
        .. new[]
        {
            text,
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text),
            JavaScriptEncoder.Default.Encode(text),
        }.Distinct().Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>The pattern's words with their dots: any number of words takes the dot before it along, or the one behind it at the beginning.</summary>
    private static string RegexOf(string pattern)
    {
        var words = pattern.Split('.');
        if (words.All(word => word == "#"))
            return "^.*$";
        var regex = new StringBuilder("^");
        var isFirst = true;
        foreach (var word in words)
        {
            if (word == "#")
            {
                regex.Append(isFirst ? @"([^.]*\.)*" : @"(\.[^.]*)*");
                continue;
            }
            if (!isFirst)
                regex.Append(@"\.");
            regex.Append(word == "*" ? "[^.]*" : Regex.Escape(word));
            isFirst = false;
        }
        return regex.Append('$').ToString();
    }
}
