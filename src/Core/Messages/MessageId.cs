using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cap.Messages;

/// <summary>
/// Makes message ids by the 12-byte scheme of MongoDB's ObjectId: 4 bytes of Unix seconds, 5 random bytes per process and a
/// 3-byte counter, written as 24 lower-case hex digits. Source: the ObjectId page of the BSON specification.
/// Ids of one process grow. The time serves to partition the memory of the inbox; nothing decides by it what is due.
/// </summary>
public static class MessageId
{
    private static readonly byte[] Process = RandomNumberGenerator.GetBytes(5);
    private static int _counter = RandomNumberGenerator.GetInt32(1 << 24);

    /// <summary>A new id. Thread-safe; unique across processes up to 16 million ids a second each.</summary>
    public static string New(TimeProvider time)
    {
        Span<byte> id = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)time.GetUtcNow().ToUnixTimeSeconds());
        Process.CopyTo(id[4..]);
        var count = Interlocked.Increment(ref _counter);
        id[9] = (byte)(count >> 16);
        id[10] = (byte)(count >> 8);
        id[11] = (byte)count;
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Reads the 12 bytes of an id made by <see cref="New"/>; false for an id the user chose.</summary>
    public static bool TryParse(string id, Span<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != 24)
            return false;
        foreach (var c in id)
        {
            // Upper-case digits would make two texts one id; such an id is the user's own.
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
                return false;
        }
        return Convert.FromHexString(id, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == 12;
    }

    /// <summary>The time in an id made by <see cref="New"/>, to the second; null for an id the user chose.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        Span<byte> bytes = stackalloc byte[12];
        return TryParse(id, bytes) ? DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : null;
    }
}
