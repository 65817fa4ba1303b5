using System.Buffers.Binary;
using System.Text;

namespace Cap.Benchmarks;

/// <summary>Many messages as one: of each its id (24 bytes), the length of its content, and the content.</summary>
internal static class FloorBundle
{
    private const int IdSize = 24;
    private const int HeadSize = IdSize + sizeof(int);

    public static byte[] Pack(ReadOnlySpan<FloorRow> rows)
    {
        var size = 0;
        foreach (var row in rows)
            size += HeadSize + row.Content.Length;
        var bundle = new byte[size];
        var left = bundle.AsSpan();
        foreach (var row in rows)
        {
            Encoding.ASCII.GetBytes(row.MessageId, left);
            BinaryPrimitives.WriteInt32BigEndian(left[IdSize..], row.Content.Length);
            row.Content.CopyTo(left[HeadSize..]);
            left = left[(HeadSize + row.Content.Length)..];
        }
        return bundle;
    }

    public static IEnumerable<FloorItem> Unpack(ulong tag, ReadOnlyMemory<byte> bundle)
    {
        while (bundle.Length > 0)
        {
            var id = Encoding.ASCII.GetString(bundle.Span[..IdSize]);
            var content = bundle.Slice(HeadSize, BinaryPrimitives.ReadInt32BigEndian(bundle.Span[IdSize..]));
            bundle = bundle[(HeadSize + content.Length)..];
            // What was delivered together is acknowledged together, with its last message.
            yield return new(bundle.Length == 0 ? tag : tag - 1, id, content);
        }
    }
}
