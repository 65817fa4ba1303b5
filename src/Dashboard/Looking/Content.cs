using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>A content as somebody may see it: its headers, and its value written for reading.</summary>
/// <param name="Headers">The headers; empty when it cannot be read.</param>
/// <param name="Value">The value, indented; the bytes as text when it is no JSON.</param>
/// <param name="IsCut">Only the beginning is there.</param>
/// <param name="IsMasked">Something was hidden.</param>
/// <param name="Fault">Why it cannot be read; null when it can.</param>
public sealed record Content(IReadOnlyList<KeyValuePair<string, string?>> Headers, string Value, bool IsCut, bool IsMasked, string? Fault)
{
    /// <summary>A page shows so many letters of a value; all of it can be downloaded.</summary>
    public const int MostShown = 64 * 1024;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };

    internal static Content Read(StoredMessage message, Sight sight, int most = MostShown)
    {
        var json = sight.ContentOf(message);
        var isMasked = json != message.Content;
        try
        {
            var (headers, value) = MessageContent.Read(Encoding.UTF8.GetBytes(json));
            var text = Written(value);
            return new([.. headers], Cut(text, most), text.Length > most, isMasked, null);
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new([], Cut(json, most), json.Length > most, isMasked, e.Message);
        }
    }

    /// <summary>The value, indented, if it is small enough to be worth it.</summary>
    private static string Written(ReadOnlyMemory<byte> value)
    {
        if (value.Length > 4 * MostShown)
            return Encoding.UTF8.GetString(value.Span);
        using var document = JsonDocument.Parse(value, new() { MaxDepth = 512 });
        return JsonSerializer.Serialize(document.RootElement, Indented);
    }

    /// <remarks>Not within a pair of surrogates.</remarks>
    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
