using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Cap.Messages;

/// <summary>
/// The stored form of a message, <c>{"Headers":{…},"Value":…}</c> in UTF-8. Written once, and read without building a tree: the
/// value stays the slice of bytes it is.
/// </summary>
internal static class MessageContent
{
    /// <summary>How deep a content may be nested: far more than any serializer writes by default, and bounded.</summary>
    private const int MaxDepth = 512;

    private static readonly byte[] Null = [.. "null"u8];

    /// <summary>Content of a value that is JSON already (an empty one stands for null), and where the value is in it.</summary>
    public static (ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Value) Wrap(
        IEnumerable<KeyValuePair<string, string?>> headers, ReadOnlySpan<byte> json)
    {
        var buffer = ContentBuffer.Take();
        buffer.WriteHeaders(headers);
        var start = buffer.Output.WrittenCount;
        buffer.Output.Write(json.IsEmpty ? "null"u8 : json);
        buffer.WriteEnd();
        var content = buffer.Release();
        return (content, content.AsMemory(start..^1).Trim(" \t\r\n"u8));
    }

    /// <summary>Splits a content into headers and the JSON of its value.</summary>
    /// <exception cref="JsonException">It is not a content.</exception>
    public static MessageParts Read(ReadOnlyMemory<byte> content)
    {
        var headers = new Dictionary<string, string?>(16, StringComparer.Ordinal);
        ReadOnlyMemory<byte> value = Null;
        var reader = new Utf8JsonReader(content.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("Headers"u8))
            {
                ReadHeaders(ref reader, headers);
            }
            else
            {
                var isValue = reader.ValueTextEquals("Value"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isValue)
                    value = content[start..(int)reader.BytesConsumed];
            }
        }
        return new(headers, value);
    }

    /// <summary>Whether the bytes are one JSON value (or nothing, which stands for null).</summary>
    public static bool IsJson(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return true;
        // The reader does not look into strings, and text that is not UTF-8 cannot be shown by a database.
        if (!Utf8.IsValid(body))
            return false;
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth - 1 });
            while (reader.Read()) { }
            return reader.BytesConsumed == body.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static bool IsNull(ReadOnlySpan<byte> json) => json.IsEmpty || json.SequenceEqual("null"u8);

    private static void ReadHeaders(ref Utf8JsonReader reader, Dictionary<string, string?> headers)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = HeaderName.Read(ref reader);
            reader.Read();
            headers[name] = reader.TokenType == JsonTokenType.Null ? null : reader.GetString();
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new JsonException($"A stored message must look like {{\"Headers\":{{…}},\"Value\":…}}; found {reader.TokenType}.");
    }
}
