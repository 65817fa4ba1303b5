using Cap.Cancelling;
using Cap.Consuming;
using Cap.Expiring;
using Cap.Leasing;
using Cap.Monitoring;
using Cap.Operating;
using Cap.Relaying;
using Cap.Storage;
using Cap.Subscribing;
using Cap.Transport;
using Cap.Waking;
using Cap.Working;
using Microsoft.Extensions.Logging;

namespace Cap.Starting;

/// <summary>Everything that runs between one start and the next stop, and the order in which it ends.</summary>
internal sealed partial class Node : IDisposable
{
    /// <summary>How long handlers have to hand back after their token was cancelled.</summary>
    private static readonly TimeSpan HandBackTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstSubscribeTime = TimeSpan.FromSeconds(5);

    private readonly CapOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Node> _log;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _closeIntake = new();
    private readonly CancellationTokenSource _stopWork = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Relay _relay;
    private readonly List<GroupWorker> _groups;
    private readonly List<Intake> _intakes;
    private readonly LeaseKeeper _keeper;
    private readonly Troubles _troubles;
    private readonly BrokerGate _gate;
    private readonly BrokerWatch _brokerWatch;
    private readonly Statistics _statistics;
    private readonly OperationRunner _operationRunner;
    private readonly Collector _collector;
    private readonly Notifier _notifier;
    private readonly Listener _listener;
    private readonly CancellationTokenSource _leaving = new();
    private Task _loops = Task.CompletedTask;
    private Task _keeping = Task.CompletedTask;
    private Task _intaking = Task.CompletedTask;
    private Task _settlers = Task.CompletedTask;
    private Task _handlers = Task.CompletedTask;

    public Node(
        SubscriberCatalog catalog,
        CapOptions options,
        IStorage storage,
        ITransport transport,
        Leases leases,
        WakeUps wakeUps,
        GivenUp givenUp,
        Statistics statistics,
        Troubles troubles,
        BrokerGate gate,
        HandlerRunner runner,
        TimeProvider time,
        ILoggerFactory logs
    )
    {
        (_options, _troubles, _gate, _time, _log) = (options, troubles, gate, time, logs.CreateLogger<Node>());
        var context = new WorkContext(options, storage, leases, wakeUps, givenUp, statistics, troubles, time);
        _groups =
        [
            .. catalog.Groups.Select(g => new GroupWorker(g, context, runner, logs.CreateLogger<GroupWorker>(), _closing.Token, _stopWork.Token)),
        ];
        _intakes =
        [
            .. catalog.Groups.Zip(
                _groups,
                (group, worker) =>
                    new Intake(group, worker, transport, storage, wakeUps, givenUp, troubles, options, time, logs.CreateLogger<Intake>())
            ),
        ];
        var groupsBound = Task.WhenAll(_intakes.Select(i => i.Bound));
        _brokerWatch = new(transport, gate, time);
        _relay = new(context, transport, gate, groupsBound, logs.CreateLogger<Relay>(), _stopWork.Token);
        var workers = _groups.Append<LaneWorker>(_relay).ToDictionary(w => w.Lane);
        _keeper = new(
            options,
            storage,
            leases,
            wakeUps,
            [.. workers.Keys],
            (lane, shard) => workers[lane].IsBusy(shard),
            troubles,
            time,
            logs.CreateLogger<LeaseKeeper>()
        );
        _statistics = statistics;
        _operationRunner = new(options, storage, wakeUps, time, logs.CreateLogger<OperationRunner>());
        _collector = new(options, storage, time, logs.CreateLogger<Collector>());
        _notifier = new(wakeUps, storage, time, logs.CreateLogger<Notifier>());
        _listener = new(wakeUps, storage, time, logs.CreateLogger<Listener>());
    }

    private IEnumerable<LaneWorker> Workers => _groups.Append<LaneWorker>(_relay);

    public async Task StartAsync(CancellationToken stop)
    {
        // With its shards from the first moment, so that the first published message needs no detour.
        await _keeper.RunOnceAsync(stop).ConfigureAwait(false);
        _settlers = Task.WhenAll(Workers.Select(w => Run(w.RunSettlerAsync, _abandon.Token)));
        _handlers = Task.WhenAll(_groups.Select(g => Run(_ => g.RunHandlersAsync(), CancellationToken.None)));
        _keeping = Run(_keeper.RunAsync, _leaving.Token);
        _intaking = Task.WhenAll(_intakes.Select(i => Run(i.RunAsync, _closeIntake.Token)));
        IEnumerable<Func<CancellationToken, Task>> loops =
        [
            .. Workers.Select<LaneWorker, Func<CancellationToken, Task>>(w => w.RunAsync),
            _brokerWatch.RunAsync,
            _collector.RunAsync,
            _statistics.RunAsync,
            _operationRunner.RunAsync,
            _notifier.RunAsync,
            _listener.RunAsync,
        ];
        _loops = Task.WhenAll(loops.Select(loop => Run(loop, _closing.Token)));
        // Whoever publishes once the host is up finds the groups of this node at the broker; while the broker is away the start goes on.
        await EndsAsync(Task.WhenAll(_intakes.Select(i => i.Tried)), FirstSubscribeTime, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Fetching ends first; then sends and handlers may finish, then their results are written, and last the leases go back. Intake goes on
    /// until nothing is being sent, because inside one process a send waits for it. Every step is bounded: what is left is handed to whoever
    /// gets the leases, and nothing was acknowledged that is not stored.
    /// </summary>
    public async Task StopAsync(CancellationToken hurry)
    {
        await CancelAsync(_closing).ConfigureAwait(false);
        foreach (var group in _groups)
            group.Close();
        var drained = Task.WhenAll(Workers.Select(w => w.DrainAsync(_abandon.Token)).Append(_handlers));
        await EndsAsync(Task.WhenAll(_loops, _relay.DrainAsync(_abandon.Token)), HandBackTime, hurry).ConfigureAwait(false);
        await CancelAsync(_closeIntake).ConfigureAwait(false);
        await EndsAsync(_intaking, HandBackTime, CancellationToken.None).ConfigureAwait(false);
        if (!await EndsAsync(drained, _options.ShutdownTime, hurry).ConfigureAwait(false))
        {
            await CancelAsync(_stopWork).ConfigureAwait(false);
            if (!await EndsAsync(drained, HandBackTime, CancellationToken.None).ConfigureAwait(false))
                Log.Abandoned(_log, _options.NodeName, _options.ShutdownTime);
        }
        foreach (var worker in Workers)
            worker.CompleteSettler();
        await EndsAsync(_settlers, HandBackTime, CancellationToken.None).ConfigureAwait(false);
        await EndsAsync(_statistics.RunOnceAsync(_abandon.Token), HandBackTime, hurry).ConfigureAwait(false);
        await CancelAsync(_abandon).ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
        _troubles.Clear();
        _gate.Forget();
    }

    /// <summary>Ends everything without waiting, for a container that is disposed without a stop: as if the process had been killed.</summary>
    public void Dispose()
    {
        foreach (var source in new[] { _closing, _closeIntake, _stopWork, _abandon, _leaving })
        {
            try
            {
                source.Cancel();
            }
            catch (AggregateException)
            {
                // Thrown by whoever heard of it: see CancelAsync.
            }
            source.Dispose();
        }
    }

    /// <summary>Runs a loop. One that ends with an exception has a defect, and must not go unnoticed.</summary>
    private async Task Run(Func<CancellationToken, Task> loop, CancellationToken stop)
    {
        try
        {
            await Task.Run(() => loop(stop), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            Log.LoopDied(_log, e, _options.NodeName);
            _troubles.Begin("worker: ended by an error nobody expected, restart the process", e);
            throw;
        }
    }

    private async Task LeaveAsync()
    {
        await CancelAsync(_leaving).ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new TimeLimit(HandBackTime, _time, _ => { }, CancellationToken.None);
        try
        {
            await _keeper.LeaveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.LeaveFailed(_log, e, _options.NodeName, _options.LeaseTime);
        }
    }

    /// <summary>
    /// Runs what handlers, drivers and others registered at the token, which may block or throw (Npgsql 10.0.0 does when a connection breaks at
    /// the wrong moment): neither may keep the rest from ending.
    /// </summary>
    private Task CancelAsync(CancellationTokenSource source) => EndsAsync(source.CancelAsync(), HandBackTime, CancellationToken.None);

    /// <summary>Waits for a task, at most for the given time. True when it ended, however it ended.</summary>
    private async Task<bool> EndsAsync(Task task, TimeSpan atMost, CancellationToken hurry)
    {
        await task.WaitAsync(atMost, _time, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private static partial class Log
    {
        [LoggerMessage(5, LogLevel.Warning, "Node {Node}: work did not end within {Time}. It is left; its shards move when their lease ends")]
        public static partial void Abandoned(ILogger logger, string node, TimeSpan time);

        [LoggerMessage(7, LogLevel.Critical, "Node {Node}: a worker ended by an error nobody expected. Restart the process")]
        public static partial void LoopDied(ILogger logger, Exception error, string node);

        [LoggerMessage(6, LogLevel.Warning, "Node {Node} could not give its leases back; they end by themselves within {LeaseTime}")]
        public static partial void LeaveFailed(ILogger logger, Exception error, string node, TimeSpan leaseTime);
    }
}
