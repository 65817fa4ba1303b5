using Cap.Operating;

namespace Cap.Dashboard;

/// <summary>Headers as text that a person edits: a line <c>name: value</c> for each.</summary>
internal static class HeaderText
{
    /// <summary>Those that each message gets anew are left out.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string?>> headers) =>
        string.Join('\n', headers.Where(h => !Replay.Own.Contains(h.Key)).Select(h => h.Value is null ? h.Key : $"{h.Key}: {h.Value}"));

    public static Dictionary<string, string?> Read(string text)
    {
        var headers = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var (name, value) = colon < 0 ? (line.TrimEnd(':'), null) : (line[..colon], (string?)line[(colon + 2)..]);
            headers[name] = value;
        }
        return headers;
    }
}
