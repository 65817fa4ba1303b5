using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Keeps nodes and leases, and lets nodes wake each other.</summary>
internal sealed class InMemoryLeasing(InMemoryTables tables)
{
    private readonly Lock _leaseLock = new();
    private readonly Dictionary<string, NodeRow> _nodes = [];
    private readonly Dictionary<(Lane Lane, int Shard), LeaseRow> _leases = [];
    private readonly Lock _listenerLock = new();
    private readonly List<Action<Lane?>> _listeners = [];

    public void Update(InMemoryPeople people, Func<LeaseTable, LeaseChanges> decide)
    {
        lock (_leaseLock)
        {
            var table = new LeaseTable(tables.Now, [.. _nodes.Values], [.. _leases.Values])
            {
                Paused = [.. people.Paused.Select(p => p.Lane)],
                HasOperation = people.HasOperation,
            };
            var changes = decide(table);
            foreach (var name in changes.RemovedNodes)
                _nodes.Remove(name);
            if (changes.Node is { } node)
                _nodes[node.Name] = node with { JoinedAt = _nodes.GetValueOrDefault(node.Name)?.JoinedAt ?? tables.Now };
            foreach (var lease in changes.Leases)
                _leases[(lease.Lane, lease.Shard)] = lease;
        }
    }

    public Cluster Look(IReadOnlyList<PausedLane> paused)
    {
        lock (_leaseLock)
            return new(tables.Now, [.. _nodes.Values], [.. _leases.Values.Where(l => l.Node is not null)], paused);
    }

    public void Notify(IReadOnlyCollection<Lane> lanes)
    {
        Action<Lane?>[] listeners;
        lock (_listenerLock)
            listeners = [.. _listeners];
        foreach (var wake in listeners)
        {
            foreach (var lane in lanes)
                wake(lane);
            if (lanes.Count == 0)
                wake(null);
        }
    }

    public async Task ListenAsync(Action<Lane?> wake, CancellationToken stop)
    {
        lock (_listenerLock)
            _listeners.Add(wake);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        }
        finally
        {
            lock (_listenerLock)
                _listeners.Remove(wake);
        }
    }
}
