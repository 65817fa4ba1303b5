using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Cap.Messages;

/// <summary>
/// Memory in which a content is written before its size is known. Each thread keeps one: growing a new buffer for every message costs
/// several times its size.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The writer holds nothing but the output, and is used again and again.")]
internal sealed class ContentBuffer
{
    private const int FirstSize = 8 * 1024;

    /// <summary>A larger one is left to the garbage collector: a single large message must not cost each thread as much for ever.</summary>
    private const int LargestKept = 256 * 1024;

    [ThreadStatic]
    private static ContentBuffer? _free;

    private readonly Utf8JsonWriter _headers;

    private ContentBuffer() => _headers = new(Output);

    /// <summary>What is written so far.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(FirstSize);

    /// <summary>An empty one. It is taken off its place while it is used: a serializer may publish.</summary>
    public static ContentBuffer Take()
    {
        var buffer = _free ?? new();
        _free = null;
        return buffer;
    }

    /// <summary>Writes the headers and leaves the output where the value belongs.</summary>
    public void WriteHeaders(IEnumerable<KeyValuePair<string, string?>> headers)
    {
        Output.Write("{\"Headers\":"u8);
        _headers.Reset(Output);
        _headers.WriteStartObject();
        if (headers is Dictionary<string, string?> dictionary)
        {
            // Without an enumerator on the heap.
            foreach (var (name, value) in dictionary)
                _headers.WriteString(name, value);
        }
        else
        {
            foreach (var (name, value) in headers)
                _headers.WriteString(name, value);
        }
        _headers.WriteEndObject();
        _headers.Flush();
        Output.Write(",\"Value\":"u8);
    }

    /// <summary>Ends what <see cref="WriteHeaders"/> began.</summary>
    public void WriteEnd() => Output.Write("}"u8);

    /// <summary>What was written, in its size. The buffer is done with.</summary>
    public byte[] Release()
    {
        var content = Output.WrittenSpan.ToArray();
        if (Output.Capacity <= LargestKept)
        {
            Output.ResetWrittenCount();
            _free = this;
        }
        return content;
    }
}
