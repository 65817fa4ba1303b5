using System.Collections.Concurrent;
using Cap.Leasing;
using Cap.Storage;

namespace Cap.Waking;

/// <summary>Wakes the workers of this process, and remembers which other nodes' lanes have work, to tell them in one go.</summary>
internal sealed class WakeUps(Leases leases)
{
    private readonly ConcurrentDictionary<Lane, Signal> _lanes = new();
    private readonly ConcurrentDictionary<Lane, bool> _elsewhere = new();
    private bool _areHeard;

    /// <summary>Set when another node gave leases back.</summary>
    public Signal LeasesFreed { get; } = new();

    /// <summary>Set when other nodes should be told.</summary>
    public Signal Others { get; } = new();

    /// <summary>Set when an operation waits to be run.</summary>
    public Signal Operations { get; } = new();

    /// <summary>Whether this node hears what others say of their work, as far as it can know.</summary>
    public bool AreHeard
    {
        get => Volatile.Read(ref _areHeard);
        set => Volatile.Write(ref _areHeard, value);
    }

    /// <summary>The signal a lane's worker waits on.</summary>
    public Signal Of(Lane lane) => _lanes.GetOrAdd(lane, static _ => new());

    public void Wake(Lane lane) => Of(lane).Set();

    public void WakeAll()
    {
        LeasesFreed.Set();
        foreach (var signal in _lanes.Values)
            signal.Set();
    }

    /// <summary>Rows of these shards were committed: wakes whoever works them, here or elsewhere.</summary>
    /// <param name="lane">Their lane.</param>
    /// <param name="shards">Their shards.</param>
    /// <param name="wakeHere">False when this node's worker knows already.</param>
    public void Committed(Lane lane, IReadOnlyCollection<int> shards, bool wakeHere = true)
    {
        var owned = leases.Of(lane);
        if (wakeHere && shards.Any(owned.Contains))
            Wake(lane);
        if (!shards.All(owned.Contains) && _elsewhere.TryAdd(lane, true))
            Others.Set();
    }

    /// <summary>The lanes other nodes should look at; each is named once.</summary>
    public IReadOnlyCollection<Lane> TakeElsewhere()
    {
        var lanes = _elsewhere.Keys.ToList();
        lanes.RemoveAll(lane => !_elsewhere.TryRemove(lane, out _));
        return lanes;
    }
}
