using System.Text;

namespace Cap.PostgreSql;

/// <summary>
/// Makes any text one that PostgreSQL takes: it knows neither U+0000 nor half a surrogate pair. Used for what comes from outside: one
/// hostile message must not keep a batch from being stored.
/// </summary>
internal static class StorableText
{
    public static string Clean(string text) => IsStorable(text) ? text : Replace(text);

    public static string? CleanOrNull(string? text) => text is null ? null : Clean(text);

    private static bool IsStorable(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)
            return !text.Contains('\0', StringComparison.Ordinal);
        foreach (var rune in text.EnumerateRunes())
        {
            // Half a pair is enumerated as the replacement character.
            if (rune == Rune.ReplacementChar || rune.Value == 0)
                return false;
        }
        return true;
    }

    private static string Replace(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value == 0 ? Rune.ReplacementChar : rune);
        return clean.ToString();
    }
}
