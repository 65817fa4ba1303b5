using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>Writes bundles, one after the other, into memory it keeps. Not thread-safe.</summary>
internal sealed class BundleWriter
{
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);

    /// <summary>The frame of these messages; valid until the next one is written.</summary>
    public ReadOnlyMemory<byte> Write(IReadOnlyList<TransportMessage> messages)
    {
        _output.ResetWrittenCount();
        _output.Write(Bundle.Magic);
        _output.Write([Bundle.Version]);
        Write((uint)messages.Count);
        foreach (var message in messages)
        {
            Write((uint)message.Headers.Count);
            foreach (var (name, value) in message.Headers)
            {
                Write(name);
                Write(value);
            }
            Write((uint)message.Body.Length);
            _output.Write(message.Body.Span);
        }
        Write(Bundle.Checksum(_output.WrittenSpan));
        return _output.WrittenMemory;
    }

    private void Write(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(sizeof(uint)), number);
        _output.Advance(sizeof(uint));
    }

    private void Write(string? text)
    {
        if (text is null)
        {
            Write(Bundle.Null);
            return;
        }
        var space = _output.GetSpan(sizeof(uint) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, space[sizeof(uint)..]);
        BinaryPrimitives.WriteUInt32BigEndian(space, (uint)length);
        _output.Advance(sizeof(uint) + length);
    }
}
