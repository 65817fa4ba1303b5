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
                _statistics[key] = !_statistics.TryGetValue(key, out var known)
                    ? more with { Minute = minute }
                    : known with
                    {
                        Succeeded = known.Succeeded + more.Succeeded,
                        Failed = known.Failed + more.Failed,
                        GivenUp = known.GivenUp + more.GivenUp,
                        Waited = [.. known.Waited.Zip(more.Waited, (a, b) => a + b)],
                        Took = [.. known.Took.Zip(more.Took, (a, b) => a + b)],
                    };
            }
            return true;
        }
    }

    public IReadOnlyList<LaneStatistics> StatisticsSince(DateTimeOffset since)
    {
        lock (_gate)
            return [.. _statistics.Values.Where(s => s.Minute >= since).OrderBy(s => s.Minute)];
    }

    public async Task<Acted> ActAsync(MessageAction action, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (action.Operation is { } step && Operations(step.Id, 1) is not [{ State: OperationState.Running }])
            return new(0, 0);
        if (action.Ids.Count == 0 && action.Operation is null)
            return new(0, 0);
        var changed = await settling.ActAsync(action, stop).ConfigureAwait(false);
        lock (_gate)
        {
            if (action.Operation is { } done && _operations.TryGetValue(done.Id, out var operation))
                _operations[done.Id] = operation with { Changed = operation.Changed + changed, From = done.From };
            else
                return new(changed, Write(action.By, Name(action.Kind), $"{(action.Type == Messages.MessageType.Publish ? "published" : "received")} {string.Join(", ", action.Ids.Order().Take(20))}", changed));
        }
        return new(changed, 0);
    }

    public Acted Pause(PauseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_gate)
        {
            var changed = request.IsPaused
                ? _paused.TryAdd(request.Lane, new(request.Lane, request.By, tables.Now))
                : _paused.Remove(request.Lane);
            return new(changed ? 1 : 0, Write(request.By, request.IsPaused ? "pause" : "resume", request.Lane.ToString(), changed ? 1 : 0));
        }
    }

    public long Audit(AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_gate)
            return Write(entry.By, entry.What, entry.On, entry.Changed);
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
            _operations[id] = operation with { Id = id, StartedAt = tables.Now, State = OperationState.Running };
            Write(operation.By, $"start {Name(operation.Kind)}", $"operation {id}", 0);
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
            var what = end.State switch { OperationState.Done => "finish", OperationState.Stopped => "stop", _ => "fail" };
            Write(end.By, what, $"operation {end.Id}", operation.Changed);
            return true;
        }
    }

    private long Write(string by, string what, string on, long changed)
    {
        _audit.Add(new(by, what, on, changed) { Id = _audit.Count + 1, At = tables.Now });
        return _audit.Count;
    }

    private static string Name(MessageActionKind kind) => kind switch
    {
        MessageActionKind.Retry => "retry",
        MessageActionKind.Cancel => "cancel",
        _ => "delete",
    };
}
