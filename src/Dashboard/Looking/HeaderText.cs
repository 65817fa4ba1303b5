using System.Buffers;
using Cap.Operating;

namespace Cap.Dashboard;

/// <summary>
/// Headers as text that a person edits: a line <c>name: value</c> for each, and just the name for one without a value. Those that a line cannot
/// hold are kept apart, so that nothing changes that nobody has changed.
/// </summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\f\u0085\u2028\u2029");

    /// <summary>Those that each message gets anew are left out.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string?>> headers) => string.Join('\n', Own(headers).Where(IsLine).Select(Line));

    /// <summary>Those that a line cannot hold.</summary>
    public static Dictionary<string, string?> Kept(IEnumerable<KeyValuePair<string, string?>> headers) => Own(headers).Where(h => !IsLine(h)).ToDictionary();

    /// <summary>The headers of a text, and with them those that were kept.</summary>
    public static Dictionary<string, string?> Read(string text, IReadOnlyDictionary<string, string?> kept)
    {
        var headers = new Dictionary<string, string?>(kept, StringComparer.Ordinal);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            var (name, value) = Parse(line);
            headers[name] = value;
        }
        return headers;
    }

    private static IEnumerable<KeyValuePair<string, string?>> Own(IEnumerable<KeyValuePair<string, string?>> headers) => headers.Where(h => !Replay.Own.Contains(h.Key));

    private static string Line(KeyValuePair<string, string?> header) => header.Value is null ? header.Key : $"{header.Key}: {header.Value}";

    private static bool IsLine(KeyValuePair<string, string?> header)
    {
        var line = Line(header);
        return !string.IsNullOrWhiteSpace(line) && line.AsSpan().IndexOfAny(LineEnds) < 0 && Parse(line) == (header.Key, header.Value);
    }

    private static (string Name, string? Value) Parse(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return (line.Trim(), null);
        var value = line[(colon + 1)..];
        return (line[..colon].Trim(), value.StartsWith(' ') ? value[1..] : value);
    }
}
