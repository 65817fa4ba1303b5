using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging;

namespace Cap.Leasing;

/// <summary>
/// Keeps this node's heartbeat and its fair part of the shards. A shard above the fair part is closed for new work first, and given
/// back when what was started in it has finished: no row is ever worked by two healthy nodes.
/// </summary>
internal sealed partial class LeaseKeeper(
    CapOptions options,
    IStorage storage,
    Leases leases,
    WakeUps wakeUps,
    IReadOnlyList<Lane> lanes,
    Func<Lane, int, bool> isBusy,
    TimeProvider time,
    ILogger<LeaseKeeper> log
)
{
    private static readonly TimeSpan WhileLeaving = TimeSpan.FromMilliseconds(50);

    /// <summary>A storage may report any change as "leases may be free", this node's own heartbeat among them: that must not become a hot loop.</summary>
    private static readonly TimeSpan AfterFreed = TimeSpan.FromMilliseconds(500);
    private IReadOnlySet<(Lane Lane, int Shard)> _leaving = new HashSet<(Lane, int)>();
    private IReadOnlyDictionary<Lane, IReadOnlyList<int>> _owned = new Dictionary<Lane, IReadOnlyList<int>>();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(stop).ConfigureAwait(false);
                await RunOnceAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The leases lapse by themselves while the database is away; trying again soon costs one statement.
                Log.HeartbeatFailed(log, e, storage.Description);
                await Task.Delay(options.LeaseTime / 10, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for the next heartbeat: a third of the lease time, or until a shard can be given back or may be free.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < options.LeaseTime / 3)
        {
            var pause = _leaving.Count > 0 ? WhileLeaving : options.LeaseTime / 3;
            if (await wakeUps.LeasesFreed.WaitAsync(pause, time, stop).ConfigureAwait(false))
            {
                await Task.Delay(AfterFreed, time, stop).ConfigureAwait(false);
                return;
            }
            if (_leaving.Any(l => !isBusy(l.Lane, l.Shard)))
                return;
        }
    }

    /// <summary>One heartbeat.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        var sent = time.GetTimestamp();
        var released = _leaving.Where(l => !isBusy(l.Lane, l.Shard)).ToHashSet();
        var wish = new LeaseWish(options.LeaseName, lanes, options.ShardCount, options.LeaseTime, released);
        LeaseDecision? decision = null;
        await storage.UpdateLeasesAsync(table => (decision = LeasePlan.Decide(table, wish)).Changes, stop).ConfigureAwait(false);

        var leaving = new HashSet<(Lane, int)>();
        var usable = new Dictionary<Lane, IReadOnlyList<int>>();
        foreach (var (lane, shards) in decision!.Owned)
        {
            var surplus = decision.Surplus[lane];
            leaving.UnionWith(shards.Skip(shards.Count - surplus).Select(s => (lane, s)));
            usable[lane] = [.. shards.Take(shards.Count - surplus)];
        }
        leases.Set(usable, leaving, sent);
        var gained = decision.Owned.Where(o => o.Value.Except(_owned.GetValueOrDefault(o.Key, [])).Any()).Select(o => o.Key).ToList();
        if (gained.Count > 0)
            Log.SharesChanged(log, options.NodeName, string.Join(", ", decision.Owned.Select(o => $"{o.Key}: {o.Value.Count}")));
        _owned = decision.Owned;
        _leaving = leaving;
        foreach (var lane in gained)
            wakeUps.Wake(lane);
        if (released.Count > 0)
            await storage.NotifyAsync([], stop).ConfigureAwait(false);
    }

    /// <summary>Gives all leases back, except of shards in which work still runs.</summary>
    public async Task LeaveAsync(CancellationToken stop)
    {
        leases.Clear();
        var busy = lanes.SelectMany(l => Enumerable.Range(0, options.ShardCount).Select(s => (l, s))).Where(x => isBusy(x.l, x.s)).ToHashSet();
        await storage.UpdateLeasesAsync(table => LeasePlan.Leave(table, options.LeaseName, busy), stop).ConfigureAwait(false);
        await storage.NotifyAsync([], stop).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Information, "Node {Node} works these shards: {Shares}")]
        public static partial void SharesChanged(ILogger logger, string node, string shares);

        [LoggerMessage(102, LogLevel.Warning, "The heartbeat did not reach {Storage}. Work goes on while the leases last")]
        public static partial void HeartbeatFailed(ILogger logger, Exception error, string storage);
    }
}
