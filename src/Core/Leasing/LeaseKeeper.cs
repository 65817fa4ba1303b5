using Cap.Cancelling;
using Cap.Monitoring;
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
    Troubles troubles,
    TimeProvider time,
    ILogger<LeaseKeeper> log
)
{
    private const string Heartbeat = "database: heartbeat";
    private static readonly TimeSpan WhileLeaving = TimeSpan.FromMilliseconds(50);

    /// <summary>A storage may report any change as "leases may be free", this node's own heartbeat among them: that must not become a hot loop.</summary>
    private static readonly TimeSpan AfterFreed = TimeSpan.FromMilliseconds(500);

    /// <summary>A dead node's lease is looked at this long after its end: not before it by a hair.</summary>
    private static readonly TimeSpan AfterEnd = TimeSpan.FromMilliseconds(20);

    private IReadOnlySet<(Lane Lane, int Shard)> _leaving = new HashSet<(Lane, int)>();
    private IReadOnlyDictionary<Lane, IReadOnlyList<int>> _usable = new Dictionary<Lane, IReadOnlyList<int>>();
    private TimeSpan? _othersExpireIn;

    /// <summary>
    /// The name leases are held under: unique, because two processes may be given the same <see cref="CapOptions.NodeName"/> (that of a
    /// deployment, say), and because a node that is started again in its process must not take work that the stop had to leave running for
    /// its own.
    /// </summary>
    public string LeaseName { get; } = $"{options.NodeName}#{Guid.NewGuid().ToString("N")[..8]}";

    /// <summary>
    /// How long until the next heartbeat: a third of the lease time, or less when another node, which has missed its own, may be dead by
    /// then. A healthy one has renewed its lease long before.
    /// </summary>
    private TimeSpan Interval => _othersExpireIn + AfterEnd is { } end && end < options.LeaseTime / 3 ? end : options.LeaseTime / 3;

    public async Task RunAsync(CancellationToken stop)
    {
        var failing = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!failing)
                    await WaitAsync(stop).ConfigureAwait(false);
                await RunBoundedAsync(stop).ConfigureAwait(false);
                if (failing)
                {
                    Log.HeartbeatRecovered(log, storage.Description);
                    troubles.End(Heartbeat);
                }
                failing = false;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The leases lapse by themselves while the database is away; trying again soon costs one statement.
                if (!failing)
                    Log.HeartbeatFailed(log, e, storage.Description);
                failing = true;
                troubles.Begin(Heartbeat, e);
                await Task.Delay(options.LeaseTime / 10, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for the next heartbeat, or until a shard can be given back or may be free.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        var since = time.GetTimestamp();
        while (Interval - time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
        {
            var pause = _leaving.Count > 0 && left > WhileLeaving ? WhileLeaving : left;
            if (await wakeUps.LeasesFreed.WaitAsync(pause, time, stop).ConfigureAwait(false))
            {
                await Task.Delay(AfterFreed, time, stop).ConfigureAwait(false);
                return;
            }
            if (_leaving.Any(l => !isBusy(l.Lane, l.Shard)))
                return;
        }
    }

    /// <summary>
    /// One heartbeat that does not wait for an answer for ever: on a connection that has gone silent it would be as good as none, while
    /// another connection may still renew the lease in time.
    /// </summary>
    private async Task RunBoundedAsync(CancellationToken stop)
    {
        using var limit = new TimeLimit(options.LeaseTime / 2, time, _ => { }, stop);
        await RunOnceAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>One heartbeat.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        var sent = time.GetTimestamp();
        var released = _leaving.Where(l => !isBusy(l.Lane, l.Shard)).ToHashSet();
        var wish = new LeaseWish(LeaseName, lanes, options.ShardCount, options.LeaseTime, released)
        {
            Troubles = string.Join('\n', troubles.Now.Select(t => $"{t.What}: {t.Reason}")),
        };
        LeaseDecision? decision = null;
        await storage.UpdateLeasesAsync(table => (decision = LeasePlan.Decide(table, wish)).Changes, stop).ConfigureAwait(false);

        var leaving = new HashSet<(Lane, int)>();
        var usable = new Dictionary<Lane, IReadOnlyList<int>>();
        foreach (var (lane, shards) in decision!.Owned)
        {
            var surplus = decision.Surplus[lane];
            leaving.UnionWith(shards.Skip(shards.Count - surplus).Select(s => (lane, s)));
            usable[lane] = decision.Paused.Contains(lane) ? [] : [.. shards.Take(shards.Count - surplus)];
        }
        // What has not been started in a paused lane is not started any more, though its shards stay this node's.
        leases.Set(usable, leaving.Where(l => !decision.Paused.Contains(l.Item1)).ToHashSet(), sent);
        var gained = usable.Where(u => u.Value.Except(_usable.GetValueOrDefault(u.Key, [])).Any()).Select(u => u.Key).ToList();
        if (gained.Count > 0)
            Log.SharesChanged(log, options.NodeName, string.Join(", ", decision.Owned.Select(o => $"{o.Key}: {o.Value.Count}")));
        (_usable, _othersExpireIn) = (usable, decision.OthersExpireIn);
        _leaving = leaving;
        foreach (var lane in gained)
            wakeUps.Wake(lane);
        if (decision.HasOperation)
            wakeUps.Operations.Set();
        if (released.Count > 0)
            await storage.NotifyAsync([], stop).ConfigureAwait(false);
    }

    /// <summary>Gives all leases back, except of shards in which work still runs.</summary>
    public async Task LeaveAsync(CancellationToken stop)
    {
        leases.Clear();
        var busy = lanes.SelectMany(l => Enumerable.Range(0, options.ShardCount).Select(s => (l, s))).Where(x => isBusy(x.l, x.s)).ToHashSet();
        await storage.UpdateLeasesAsync(table => LeasePlan.Leave(table, LeaseName, busy), stop).ConfigureAwait(false);
        await storage.NotifyAsync([], stop).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Information, "Node {Node} works these shards: {Shares}")]
        public static partial void SharesChanged(ILogger logger, string node, string shares);

        [LoggerMessage(102, LogLevel.Warning, "The heartbeat did not reach {Storage}. Work goes on while the leases last; trying until it does")]
        public static partial void HeartbeatFailed(ILogger logger, Exception error, string storage);

        [LoggerMessage(103, LogLevel.Information, "The heartbeat reaches {Storage} again")]
        public static partial void HeartbeatRecovered(ILogger logger, string storage);
    }
}
