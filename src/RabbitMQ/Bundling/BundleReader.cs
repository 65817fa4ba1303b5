using System.Buffers.Binary;
using System.Text;
using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>
/// Reads the frame of a bundle. Anybody may have sent any bytes: nothing is believed before the checksum is right, and nothing is allocated
/// for a count that the bytes cannot hold.
/// </summary>
internal ref struct BundleReader
{
    private readonly ReadOnlyMemory<byte> _frame;

    /// <summary>
    /// Texts of the message before, by their place in it. Names of headers are the same from message to message, and many values: they are not
    /// made anew each time.
    /// </summary>
    private readonly List<(ReadOnlyMemory<byte> Utf8, string Text)> _texts = [];
    private int _text;
    private int _at;
    private string? _fault;

    private BundleReader(ReadOnlyMemory<byte> frame) => (_frame, _at) = (frame, Bundle.Magic.Length + 1);

    /// <summary>
    /// The messages of a frame, or what is wrong with it. The bodies are copies: a slice would keep the whole frame, which is large enough for
    /// the part of the heap that is only cleaned with everything else.
    /// </summary>
    public static (IReadOnlyList<TransportMessage> Messages, string? Fault) Read(ReadOnlyMemory<byte> frame, string name)
    {
        if (FaultOf(frame.Span) is { } fault)
            return ([], fault);
        var reader = new BundleReader(frame[..^Bundle.TailSize]);
        var messages = reader.ReadAll(name);
        return reader._fault is null ? (messages, null) : ([], reader._fault);
    }

    private static string? FaultOf(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > Bundle.MostFrameBytes)
            return $"it has {frame.Length} bytes; {Bundle.MostFrameBytes} are allowed";
        if (frame.Length < Bundle.HeadSize + Bundle.TailSize || !frame.StartsWith(Bundle.Magic))
            return $"it does not begin like a bundle ({frame.Length} bytes)";
        if (frame[Bundle.Magic.Length] != Bundle.Version)
            return $"it is of version {frame[Bundle.Magic.Length]}, and this library reads version {Bundle.Version}: update it";
        var (said, found) = (BinaryPrimitives.ReadUInt32BigEndian(frame[^Bundle.TailSize..]), Bundle.Checksum(frame[..^Bundle.TailSize]));
        return said == found ? null : $"its checksum is {said:x8} and should be {found:x8}: it was cut short or changed on its way";
    }

    private List<TransportMessage> ReadAll(string name)
    {
        var count = Number();
        if (count is 0 or > Bundle.MostMessages)
        {
            _fault = $"it says it has {count} messages; 1 to {Bundle.MostMessages} are allowed";
            return [];
        }
        var messages = new List<TransportMessage>((int)count);
        while (_fault is null && messages.Count < count)
            messages.Add(new(name, Headers(), Bytes(Number()).ToArray()));
        if (_at != _frame.Length)
            _fault ??= $"{_frame.Length - _at} bytes follow its last message";
        return messages;
    }

    private Dictionary<string, string?> Headers()
    {
        // Each takes two lengths at least.
        var count = Number();
        if (count > (_frame.Length - _at) / (2 * sizeof(uint)))
            return Cut(new Dictionary<string, string?>());
        var headers = new Dictionary<string, string?>((int)count, StringComparer.Ordinal);
        _text = 0;
        for (; _fault is null && count > 0; count--)
        {
            var name = Text(Number());
            var length = Number();
            headers[name] = length == Bundle.Null ? null : Text(length);
        }
        return headers;
    }

    private string Text(uint length)
    {
        var utf8 = Bytes(length);
        if (_text == _texts.Count)
            _texts.Add((utf8, Encoding.UTF8.GetString(utf8.Span)));
        else if (!_texts[_text].Utf8.Span.SequenceEqual(utf8.Span))
            _texts[_text] = (utf8, Encoding.UTF8.GetString(utf8.Span));
        return _texts[_text++].Text;
    }

    private uint Number() => Bytes(sizeof(uint)) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes.Span) : 0;

    private ReadOnlyMemory<byte> Bytes(uint length)
    {
        if (length > _frame.Length - _at)
            return Cut(ReadOnlyMemory<byte>.Empty);
        var bytes = _frame.Slice(_at, (int)length);
        _at += (int)length;
        return bytes;
    }

    private T Cut<T>(T nothing)
    {
        _fault ??= $"it ends within a message, at byte {_at}";
        return nothing;
    }
}
