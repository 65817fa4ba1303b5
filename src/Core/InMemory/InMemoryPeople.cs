using Cap.Storage;

namespace Cap.InMemory;

/// <summary>What people did and want done, and what was counted for them.</summary>
internal sealed class InMemoryPeople(InMemoryTables tables, InMemorySettling settling)
{
    private readonly Lock _gate = new();
    private readonly List<AuditEntry> _audit = [];
    private readonly Dictionary<Lane, PausedLane> _paused = [];
    private readonly SortedDictionary<long, Operation> _operations = [];
    private readonly Dictionary<long, (string Node, DateTimeOffset Until)> _taken = [];
    private readonly Dictionary<(Lane, DateTimeOffset), LaneStatistics> _statistics = [];

    public IReadOnlyList<PausedLane> Paused
    {
        get
        {
            lock (_gate)
                return [.. _paused.Values];
        }
    }

    public bool HasOperation
    {
        get
        {
            lock (_gate)
                return _operations.Values.Any(o => o.State == OperationState.Running);
        }
    }

    public bool Add(IReadOnlyList<LaneStatistics> statistics)
    {
        lock (_gate)
        {
            var now = tables.Now;
            var minute = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
            foreach (var more in statistics)
            {
                var key = (more.Lane, minute);
                _statistics[key] = _statistics.TryGetValue(key, out var known) ? Sum(known, more) : more with { Minute = minute };
            }
            return true;
        }
    }

    public IReadOnlyList<LaneStatistics> GetStatistics(StatisticsQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_gate)
        {
            return
            [
                .. _statistics.Values
                    .Where(s => s.Minute >= query.Since)
                    .GroupBy(s => (s.Lane, Step: (s.Minute - DateTimeOffset.UnixEpoch).Ticks / query.Step.Ticks))
                    .Select(step => step.Aggregate(Sum) with { Minute = DateTimeOffset.UnixEpoch.AddTicks(step.Key.Step * query.Step.Ticks) })
                    .Select(s => query.IsWithDurations ? s : s with { Waited = [], Took = [] })
                    .OrderBy(s => s.Minute),
            ];
        }
    }

    private static LaneStatistics Sum(LaneStatistics known, LaneStatistics more) => known with
    {
        Succeeded = known.Succeeded + more.Succeeded,
        Failed = known.Failed + more.Failed,
        GivenUp = known.GivenUp + more.GivenUp,
        Waited = [.. known.Waited.Zip(more.Waited, (a, b) => a + b)],
        Took = [.. known.Took.Zip(more.Took, (a, b) => a + b)],
    };

    public async Task<Acted> ActAsync(MessageAction action, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (action.Operation is { } step && !IsRunBy(step))
            return new(0, 0) { IsHeld = false };
        if (action.Ids.Count == 0 && action.Operation is null)
            return new(0, 0);
        var changed = await settling.ActAsync(action, stop).ConfigureAwait(false);
        lock (_gate)
        {
            if (action.Operation is not { } done)
                return new(changed, Write(AuditEntry.Of(action, changed)));
            var operation = _operations[done.Id];
            _operations[done.Id] = operation with { Changed = operation.Changed + changed, From = done.From };
            if (done.From is null)
                End(new(done.Id, OperationState.Done, action.By, null));
        }
        return new(changed, 0);
    }

    private bool IsRunBy(OperationStep step)
    {
        lock (_gate)
            return _operations.TryGetValue(step.Id, out var operation) && operation.State == OperationState.Running && _taken.TryGetValue(step.Id, out var taken) && taken.Node == step.Node;
    }

    public Acted Pause(PauseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_gate)
        {
            var isChanged = request.IsPaused
                ? _paused.TryAdd(request.Lane, new(request.Lane, request.By, tables.Now))
                : _paused.Remove(request.Lane);
            var changed = isChanged ? 1 : 0;
            return new(changed, Write(AuditEntry.Of(request, changed)));
        }
    }

    public long Audit(AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_gate)
            return Write(entry);
    }

    public IReadOnlyList<AuditEntry> FindAudit(AuditQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_gate)
        {
            return
            [
                .. Enumerable.Reverse(_audit)
                    .Where(e => (query.Id ?? e.Id) == e.Id && (query.By ?? e.By) == e.By && !(query.BeforeId <= e.Id))
                    .Take(query.Limit),
            ];
        }
    }

    public long Start(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        lock (_gate)
        {
            var id = _operations.Count == 0 ? 1 : _operations.Keys.Max() + 1;
            var started = operation with { Id = id, StartedAt = tables.Now, State = OperationState.Running };
            _operations[id] = started;
            Write(AuditEntry.OfStart(started));
            return id;
        }
    }

    public IReadOnlyList<Operation> Operations(long? id, int limit)
    {
        lock (_gate)
            return [.. _operations.Values.Reverse().Where(o => (id ?? o.Id) == o.Id).Take(limit)];
    }

    public Operation? Take(string node, TimeSpan time)
    {
        lock (_gate)
        {
            var free = _operations.Values.FirstOrDefault(o =>
                o.State == OperationState.Running && (!_taken.TryGetValue(o.Id, out var taken) || taken.Node == node || taken.Until < tables.Now));
            if (free is not null)
                _taken[free.Id] = (node, tables.Now + time);
            return free;
        }
    }

    public bool End(OperationEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        lock (_gate)
        {
            if (!_operations.TryGetValue(end.Id, out var operation) || operation.State != OperationState.Running)
                return false;
            _operations[end.Id] = operation with { State = end.State, Reason = end.Reason, EndedAt = tables.Now };
            Write(AuditEntry.OfEnd(end, operation.Changed));
            return true;
        }
    }

    private long Write(AuditEntry entry)
    {
        _audit.Add(entry with { Id = _audit.Count + 1, At = tables.Now });
        return _audit.Count;
    }
}
