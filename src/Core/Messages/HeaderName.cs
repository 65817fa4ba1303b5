using System.Text;
using System.Text.Json;

namespace Cap.Messages;

/// <summary>Reads names of headers. Those of Cap are in every message: they are not made anew each time.</summary>
internal static class HeaderName
{
    private static readonly (byte[] Utf8, string Text)[] Known =
    [
        .. new[]
        {
            Headers.MessageId,
            Headers.CorrelationId,
            Headers.CorrelationSequence,
            Headers.MessageName,
            Headers.Type,
            Headers.SentTime,
            Headers.Group,
            Headers.Key,
            Headers.TraceParent,
            Headers.CallbackName,
            Headers.DelayTime,
        }.Select(name => (Encoding.UTF8.GetBytes(name), name)),
    ];

    /// <summary>The property name the reader is at.</summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            foreach (var (utf8, text) in Known)
            {
                if (reader.ValueSpan.SequenceEqual(utf8))
                    return text;
            }
        }
        return reader.GetString()!;
    }
}
