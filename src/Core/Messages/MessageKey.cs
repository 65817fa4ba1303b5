using System.Text;

namespace Cap.Messages;

/// <summary>
/// Turns an ordering key into the number that rows are kept in order by. 64-bit FNV-1a over the UTF-8 bytes
/// (draft-eastlake-fnv): every node and every later version must get the same number, which <see cref="string.GetHashCode()"/>
/// does not promise. Two keys with the same number share their order; nothing else happens.
/// </summary>
public static class MessageKey
{
    /// <summary>The number of a key; null for no key.</summary>
    public static long? Hash(string? key)
    {
        if (key is null)
            return null;
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(key))
            hash = unchecked((hash ^ b) * 1099511628211UL);
        return unchecked((long)hash);
    }

    /// <summary>The shard of a key's number.</summary>
    /// <remarks>The high half is folded in: the low bits alone of FNV spread short keys badly.</remarks>
    public static int Shard(long hash, int shardCount) => (int)(unchecked((ulong)hash ^ ((ulong)hash >> 32)) % (uint)shardCount);
}
