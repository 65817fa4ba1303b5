using System.Buffers.Binary;

namespace Cap.Benchmarks;

/// <summary>Finds the frames in a stream of bytes: a type, a channel, a size, so many bytes and one that ends it (AMQP 0-9-1, 2.3.5).</summary>
internal sealed class FrameParser(int skip)
{
    private const int HeaderSize = 7;
    private const byte Heartbeat = 8;

    private readonly byte[] _header = new byte[HeaderSize];
    private int _have;
    private long _skip = skip;

    /// <summary>Returns how many frames begin in these bytes, heartbeats left out.</summary>
    public int Feed(ReadOnlySpan<byte> bytes)
    {
        var frames = 0;
        while (bytes.Length > 0)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, bytes.Length);
                _skip -= skipped;
                bytes = bytes[skipped..];
                continue;
            }
            var taken = Math.Min(HeaderSize - _have, bytes.Length);
            bytes[..taken].CopyTo(_header.AsSpan(_have));
            _have += taken;
            bytes = bytes[taken..];
            if (_have < HeaderSize)
                break;
            _have = 0;
            _skip = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(3)) + 1L;
            frames += _header[0] == Heartbeat ? 0 : 1;
        }
        return frames;
    }
}
