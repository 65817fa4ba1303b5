using Cap.Storage;

namespace Cap.Working;

/// <summary>
/// The rows a worker holds: at most a given number and amount of bytes, one at a time of each key, in order. Not thread-safe: guarded
/// by its worker's lock.
/// </summary>
internal sealed class InFlight(int capacity, long maxBytes, int shardCount)
{
    private readonly Dictionary<long, (DueMessage Row, int Term)> _rows = [];
    private readonly Dictionary<long, KeyQueue> _keys = [];
    private readonly int[] _perShard = new int[shardCount];
    private readonly List<Watch> _watches = [];
    private long _bytes;
    private int _waiting;
    private long _waitingBytes;

    public int Count => _rows.Count;

    public int Room => capacity - _rows.Count;

    public long ByteRoom => maxBytes - _bytes;

    /// <summary>
    /// Whether a fetch is worth while: not for a handful of rows when the worker is nearly full. What waits behind slow keys does not count,
    /// or it would keep everything else from being fetched.
    /// </summary>
    public bool HasRoom => Room * 4 >= capacity - _waiting && ByteRoom * 4 >= maxBytes - _waitingBytes;

    public IReadOnlyCollection<long> Ids => [.. _rows.Keys];

    /// <summary>
    /// The keys of which no more rows can be taken for now, for a fetch to pass over, or what waits behind one slow key would be all it ever
    /// finds. When there is room for a key that was passed over, <see cref="Remove"/> says so.
    /// </summary>
    public IReadOnlyCollection<long> PassOver()
    {
        List<long> full = [];
        foreach (var (key, queue) in _keys)
        {
            if (!IsFull(queue))
                continue;
            queue.HasMore = true;
            full.Add(key);
        }
        return full;
    }

    /// <summary>Rows of one key that may wait here: a slow key must not fill the worker and stop every other one.</summary>
    private int MaxWaitingPerKey => Math.Max(1, capacity / 16);

    /// <summary>Nor must some slow keys together.</summary>
    private int MaxWaiting => Math.Max(1, capacity / 2);

    /// <summary>Of large rows only a few wait here, perhaps one.</summary>
    private long MaxWaitingBytes => maxBytes / 8;

    /// <summary>
    /// Nothing more is admitted. The row before that may be larger than what was left of the bytes, or a large one would wait for as long as
    /// small ones come.
    /// </summary>
    private bool HasNoRoom => Room <= 0 || ByteRoom <= 0;

    public bool IsBusy(int shard) => _perShard[shard] > 0;

    /// <summary>In which term of its shard's lease a row was admitted; null when it is not here.</summary>
    public int? TermOf(DueMessage row) => _rows.TryGetValue(row.Id, out var held) ? held.Term : null;

    /// <summary>
    /// Begins to note what leaves. Whoever reads rows begins before reading: what was read may have been worked by another way, and be
    /// gone, before it is admitted.
    /// </summary>
    /// <param name="terms">The terms of this node's shards now.</param>
    public Watch Watch(IReadOnlyDictionary<int, int> terms)
    {
        var watch = new Watch { Terms = terms };
        _watches.Add(watch);
        return watch;
    }

    /// <summary>Ends a <see cref="Watch"/>.</summary>
    public void Unwatch(Watch watch) => _watches.Remove(watch);

    /// <summary>Takes a row in.</summary>
    /// <param name="row">The row.</param>
    /// <param name="term">The term of its shard's lease.</param>
    /// <param name="watch">The watch that was begun before the row was read.</param>
    public Admission Admit(DueMessage row, int term, Watch watch)
    {
        if (watch.Rows.Contains(row.Id) || _rows.ContainsKey(row.Id))
            return Admission.Known;
        // Nothing leaves while a batch is admitted, so what comes behind this one in its key finds the same.
        if (HasNoRoom)
            return Admission.Later;
        if (row.KeyHash is { } key)
        {
            if (_keys.TryGetValue(key, out var queue))
            {
                if (IsFull(queue))
                {
                    queue.HasMore = true;
                    return Admission.KeyIsFull;
                }
                queue.Behind.Enqueue(row);
                _waiting++;
                _waitingBytes += row.Content.Length;
                Hold(row, term);
                return Admission.Wait;
            }
            if (watch.Keys.Contains(key))
                return Admission.Later;
            _keys[key] = new();
        }
        Hold(row, term);
        return Admission.Start;
    }

    /// <summary>The row is settled. Returns the next of its key, which can be started now.</summary>
    /// <param name="row">The row.</param>
    /// <param name="more">Whether rows of its key were turned away or passed over and there is room for them now.</param>
    public DueMessage? Remove(DueMessage row, out bool more)
    {
        more = false;
        if (!Forget(row) || row.KeyHash is not { } key || !_keys.TryGetValue(key, out var queue))
            return null;
        more = queue.HasMore && (queue.Behind.Count == 0 || queue.Behind.Count == MaxWaitingPerKey / 2);
        queue.HasMore &= !more;
        if (queue.Behind.TryDequeue(out var next))
        {
            WaitsNoLonger(next);
            return next;
        }
        _keys.Remove(key);
        return null;
    }

    /// <summary>The row is not done: what waits behind it in its key is let go too, to be fetched again in order.</summary>
    public void Drop(DueMessage row)
    {
        if (!Forget(row) || row.KeyHash is not { } key)
            return;
        foreach (var watch in _watches)
            watch.Keys.Add(key);
        if (!_keys.Remove(key, out var queue))
            return;
        foreach (var follower in queue.Behind)
        {
            WaitsNoLonger(follower);
            Forget(follower);
        }
    }

    private bool IsFull(KeyQueue queue) => queue.Behind.Count >= MaxWaitingPerKey || _waiting >= MaxWaiting || _waitingBytes >= MaxWaitingBytes;

    private void WaitsNoLonger(DueMessage row)
    {
        _waiting--;
        _waitingBytes -= row.Content.Length;
    }

    private void Hold(DueMessage row, int term)
    {
        _rows.Add(row.Id, (row, term));
        _perShard[row.Shard]++;
        _bytes += row.Content.Length;
    }

    private bool Forget(DueMessage row)
    {
        if (!_rows.Remove(row.Id))
            return false;
        _perShard[row.Shard]--;
        _bytes -= row.Content.Length;
        foreach (var watch in _watches)
            watch.Rows.Add(row.Id);
        return true;
    }

    /// <summary>The rows behind the one of a key that runs.</summary>
    private sealed class KeyQueue
    {
        public Queue<DueMessage> Behind { get; } = [];

        /// <summary>Later ones were turned away, or a fetch has passed over them.</summary>
        public bool HasMore { get; set; }
    }
}
