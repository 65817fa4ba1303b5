using Cap.Storage;
using Cap.Working;

namespace Cap.Core.Tests.Working;

/// <summary>
/// The rows of a worker between a table and its handlers: does with the real <see cref="InFlight"/> what the worker does, one step at a
/// time, so that fetches, offers and results cross each other in every way; and checks what must be true at each start.
/// </summary>
internal sealed class WorkModel
{
    public const int Capacity = 32;
    public const int MaxBytes = 1000;

    private const int Shards = 4;
    private static readonly Dictionary<int, int> Terms = [];

    private readonly InFlight _inFlight = new(Capacity, MaxBytes, Shards);
    private readonly SortedDictionary<long, (DueMessage Row, bool Waits)> _table = [];
    private readonly SortedDictionary<long, DueMessage> _running = [];
    private readonly Dictionary<long, int> _sizes = [];
    private readonly Queue<(DueMessage Row, bool IsDone)> _written = [];
    private readonly Dictionary<long, List<long>> _done = [];
    private (HashSet<long> Except, HashSet<long> ExceptKeys, int Room, long ByteRoom, Watch Watch)? _fetch;
    private List<DueMessage>? _read;
    private (List<DueMessage> Rows, Watch Watch)? _offer;
    private long _lastId;

    public void Take(WorkStep step)
    {
        switch (step.Kind)
        {
            case WorkStepKind.Commit:
                Commit(step.Number % 5 is var key and < 4 ? key : null, step.Bytes);
                break;
            case WorkStepKind.BeginOffer when _offer is null:
                var watch = _inFlight.Watch(Terms);
                _offer = ([.. Enumerable.Range(0, step.Number % 20).Select(_ => Commit(null, step.Bytes))], watch);
                break;
            case WorkStepKind.EndOffer when _offer is not null:
                EndOffer();
                break;
            case WorkStepKind.Prepare when _fetch is null && _inFlight.HasRoom:
                _fetch = ([.. _inFlight.Ids], [.. _inFlight.PassOver()], _inFlight.Room, _inFlight.ByteRoom, _inFlight.Watch(Terms));
                break;
            case WorkStepKind.Read when _fetch is not null && _read is null:
                _read = Read(_fetch.Value.Except, _fetch.Value.ExceptKeys, _fetch.Value.Room, _fetch.Value.ByteRoom);
                break;
            case WorkStepKind.Take when _fetch is not null:
                EndFetch();
                break;
            case WorkStepKind.Succeed or WorkStepKind.Fail or WorkStepKind.HandBack when _running.Count > 0:
                End(_running.Values.ElementAt(step.Number % _running.Count), step.Kind);
                break;
            case WorkStepKind.Settle when _written.Count > 0:
                Settle();
                break;
            case WorkStepKind.Pass:
                foreach (var (id, (row, _)) in _table.ToList())
                    _table[id] = (row, false);
                break;
        }
        Check();
    }

    /// <summary>Everything that is left ends well.</summary>
    public void Finish()
    {
        Do(WorkStepKind.EndOffer);
        for (var round = 0; _table.Count + _inFlight.Count > 0; round++)
        {
            Assert.True(round < 1000, $"Rows {string.Join(", ", _table.Keys)} are never done; held: {string.Join(", ", _inFlight.Ids)}.");
            Do(WorkStepKind.Pass, WorkStepKind.Prepare, WorkStepKind.Read, WorkStepKind.Take, WorkStepKind.Succeed, WorkStepKind.Settle);
        }
        Assert.Equal((Capacity, MaxBytes), (_inFlight.Room, _inFlight.ByteRoom));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.False(_inFlight.IsBusy(shard)));
        Assert.Equal(_lastId, _done.Values.Sum(ids => ids.Count));
        foreach (var ids in _done.Where(d => d.Key >= 0).Select(d => d.Value))
            Assert.Equal(ids.Order(), ids);
    }

    private void Do(params ReadOnlySpan<WorkStepKind> kinds)
    {
        foreach (var kind in kinds)
            Take(new(kind, 0, 0));
    }

    private DueMessage Commit(int? key, int bytes)
    {
        var id = ++_lastId;
        var row = new DueMessage
        {
            Id = id,
            Shard = (int)((key ?? id) % Shards),
            KeyHash = key,
            MessageId = $"{id}",
            Name = "n",
            Content = new byte[bytes],
        };
        _table.Add(id, (row, false));
        _sizes.Add(id, bytes);
        return row;
    }

    private void EndOffer()
    {
        var (rows, watch) = _offer!.Value;
        _offer = null;
        _inFlight.Unwatch(watch);
        foreach (var row in rows)
            Admit(row, watch);
    }

    /// <summary>As the tables answer: no row behind a failed one of its key, none of keys that are full, the oldest first, at most so many.</summary>
    private List<DueMessage> Read(HashSet<long> except, HashSet<long> exceptKeys, int room, long byteRoom)
    {
        var blocked = new HashSet<long>();
        var found = new List<DueMessage>();
        foreach (var (row, waits) in _table.Values)
        {
            var isFree = row.KeyHash is not { } key || (!blocked.Contains(key) && !exceptKeys.Contains(key));
            if (!except.Contains(row.Id) && !waits && isFree && found.Count < room)
                found.Add(row);
            if (row is { KeyHash: { } failed, Retries: > 0 })
                blocked.Add(failed);
        }
        while (found.Count > 1 && found.Sum(row => row.Content.Length) > byteRoom)
            found.RemoveAt(found.Count - 1);
        return found;
    }

    private void EndFetch()
    {
        foreach (var row in _read ?? [])
            Admit(row, _fetch!.Value.Watch);
        _inFlight.Unwatch(_fetch!.Value.Watch);
        (_fetch, _read) = (null, null);
    }

    private void Admit(DueMessage row, Watch watch)
    {
        if (_inFlight.Admit(row, 1, watch) == Admission.Start)
            Start(row);
    }

    private void Start(DueMessage row)
    {
        Assert.True(_table.TryGetValue(row.Id, out var stored), $"Row {row.Id} was started although it is done.");
        Assert.True(stored.Row.Retries == row.Retries, $"Row {row.Id} was started as it was before it failed.");
        Assert.DoesNotContain(row.Id, _running.Keys);
        Assert.True(_inFlight.IsBusy(row.Shard));
        if (row.KeyHash is { } key)
        {
            Assert.DoesNotContain(_running.Values, r => r.KeyHash == key);
            Assert.DoesNotContain(_table.Values, t => t.Row.KeyHash == key && t.Row.Id < row.Id);
        }
        _running.Add(row.Id, row);
    }

    private void End(DueMessage row, WorkStepKind how)
    {
        _running.Remove(row.Id);
        if (how == WorkStepKind.HandBack)
        {
            _inFlight.Drop(row);
            return;
        }
        if (how == WorkStepKind.Succeed)
        {
            _table.Remove(row.Id);
            var key = row.KeyHash ?? -1;
            _done.TryAdd(key, []);
            _done[key].Add(row.Id);
        }
        else
        {
            _table[row.Id] = (row with { Retries = row.Retries + 1 }, true);
        }
        _written.Enqueue((row, how == WorkStepKind.Succeed));
    }

    private void Settle()
    {
        var (row, isDone) = _written.Dequeue();
        if (!isDone)
            _inFlight.Drop(row);
        else if (_inFlight.Remove(row, out _) is { } next)
            Start(next);
    }

    /// <summary>
    /// What is held is what runs, what was written and what waits behind those: never more than there is room for, whatever was offered while
    /// a fetch was under way. The row that uses up the bytes may be larger than what was left of them, or a large one would never be taken.
    /// </summary>
    private void Check()
    {
        var ids = _inFlight.Ids;
        Assert.Equal(ids.Count, _inFlight.Count);
        Assert.Superset(_running.Keys.Concat(_written.Select(w => w.Row.Id)).ToHashSet(), ids.ToHashSet());
        Assert.InRange(_inFlight.Count, 0, Capacity);
        var sizes = ids.Select(id => _sizes[id]).ToList();
        Assert.Equal(MaxBytes - sizes.Sum(), _inFlight.ByteRoom);
        Assert.InRange(sizes.Sum() - sizes.DefaultIfEmpty().Max(), 0, MaxBytes);
    }
}
