using Cap.Storage;

namespace Cap.InMemory;

/// <summary>The outbox or the inbox: all rows, and what of them needs work. Guarded by the lock of <see cref="InMemoryTables"/>.</summary>
internal sealed class InMemoryBox
{
    private readonly Dictionary<(Lane Lane, int Shard), SortedDictionary<long, InMemoryRow>> _unsettled = [];
    private readonly Dictionary<(Lane Lane, long KeyHash), SortedSet<long>> _failedKeys = [];

    /// <summary>The newest id that was ever given.</summary>
    public long LastId { get; set; }

    public SortedDictionary<long, InMemoryRow> Rows { get; } = [];

    public IEnumerable<InMemoryRow> Unsettled => _unsettled.Values.SelectMany(rows => rows.Values);

    public IEnumerable<InMemoryRow> UnsettledOf(Lane lane, int shard) => _unsettled.TryGetValue((lane, shard), out var rows) ? rows.Values : [];

    /// <summary>The row, if it is not settled.</summary>
    public InMemoryRow? Find(long id) => Rows.TryGetValue(id, out var row) && !row.IsSettled ? row : null;

    public void Insert(InMemoryRow row)
    {
        Rows.Add(row.Id, row);
        if (!_unsettled.TryGetValue((row.Lane, row.Shard), out var rows))
            _unsettled.Add((row.Lane, row.Shard), rows = []);
        rows.Add(row.Id, row);
        if (row.Retries > 0)
            Block(row);
    }

    /// <summary>Holds back the later rows of the row's key.</summary>
    public void Block(InMemoryRow row)
    {
        if (row.KeyHash is not { } hash)
            return;
        if (!_failedKeys.TryGetValue((row.Lane, hash), out var ids))
            _failedKeys.Add((row.Lane, hash), ids = []);
        ids.Add(row.Id);
    }

    public bool IsBlocked(InMemoryRow row) => row.KeyHash is { } hash && _failedKeys.TryGetValue((row.Lane, hash), out var ids) && ids.Min < row.Id;

    /// <summary>Whether the later rows of its key wait for this one.</summary>
    public bool IsHead(InMemoryRow row) => row.KeyHash is { } hash && _failedKeys.TryGetValue((row.Lane, hash), out var ids) && ids.Min == row.Id;

    public void Settle(InMemoryRow row)
    {
        row.IsSettled = true;
        row.IsFresh = false;
        row.DueAt = null;
        row.ExpiresAt = null;
        if (_unsettled.TryGetValue((row.Lane, row.Shard), out var rows) && rows.Remove(row.Id) && rows.Count == 0)
            _unsettled.Remove((row.Lane, row.Shard));
        if (row.KeyHash is { } hash && _failedKeys.TryGetValue((row.Lane, hash), out var ids) && ids.Remove(row.Id) && ids.Count == 0)
            _failedKeys.Remove((row.Lane, hash));
    }

    public void Delete(InMemoryRow row)
    {
        Settle(row);
        Rows.Remove(row.Id);
    }
}
