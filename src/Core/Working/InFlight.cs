using Cap.Storage;

namespace Cap.Working;

/// <summary>
/// The rows a worker holds: at most a given number and amount of bytes, one at a time of each key, in order. Not thread-safe: guarded
/// by its worker's lock.
/// </summary>
internal sealed class InFlight(int capacity, long maxBytes, int shardCount)
{
    private readonly Dictionary<long, DueMessage> _rows = [];
    private readonly Dictionary<long, Queue<DueMessage>> _keys = [];
    private readonly int[] _perShard = new int[shardCount];
    private readonly List<HashSet<long>> _watches = [];
    private long _bytes;

    public int Count => _rows.Count;

    public int Room => capacity - _rows.Count;

    public long ByteRoom => maxBytes - _bytes;

    /// <summary>Whether a fetch is worth while: not for a handful of rows when the worker is nearly full.</summary>
    public bool HasRoom => Room * 4 >= capacity && ByteRoom * 4 >= maxBytes;

    /// <summary>Whether there is room for this row.</summary>
    public bool Takes(DueMessage row) => Room > 0 && ByteRoom >= row.Content.Length;

    public IReadOnlyCollection<long> Ids => [.. _rows.Keys];

    public bool IsBusy(int shard) => _perShard[shard] > 0;

    /// <summary>
    /// Begins to note which rows leave. Whoever reads rows begins before reading: what was read may have been worked by another way,
    /// and be gone, before it is admitted.
    /// </summary>
    public HashSet<long> Watch()
    {
        var left = new HashSet<long>();
        _watches.Add(left);
        return left;
    }

    /// <summary>Ends a <see cref="Watch"/>.</summary>
    public void Unwatch(HashSet<long> left) => _watches.Remove(left);

    /// <summary>Takes a row in. True when it can be started now; false when it is here, gone or waits for an earlier row of its key.</summary>
    /// <param name="row">The row.</param>
    /// <param name="left">The watch that was begun before the row was read.</param>
    public bool Admit(DueMessage row, HashSet<long> left)
    {
        if (left.Contains(row.Id) || !_rows.TryAdd(row.Id, row))
            return false;
        _perShard[row.Shard]++;
        _bytes += row.Content.Length;
        if (row.KeyHash is not { } key)
            return true;
        if (_keys.TryGetValue(key, out var behind))
        {
            behind.Enqueue(row);
            return false;
        }
        _keys[key] = [];
        return true;
    }

    /// <summary>The row is settled. Returns the next of its key, which can be started now.</summary>
    public DueMessage? Remove(DueMessage row)
    {
        if (!Forget(row) || row.KeyHash is not { } key || !_keys.TryGetValue(key, out var behind))
            return null;
        if (behind.TryDequeue(out var next))
            return next;
        _keys.Remove(key);
        return null;
    }

    /// <summary>The row is not done: what waits behind it in its key is let go too, to be fetched again in order.</summary>
    public void Drop(DueMessage row)
    {
        if (!Forget(row) || row.KeyHash is not { } key || !_keys.Remove(key, out var behind))
            return;
        foreach (var follower in behind)
            Forget(follower);
    }

    private bool Forget(DueMessage row)
    {
        if (!_rows.Remove(row.Id))
            return false;
        _perShard[row.Shard]--;
        _bytes -= row.Content.Length;
        foreach (var left in _watches)
            left.Add(row.Id);
        return true;
    }
}
