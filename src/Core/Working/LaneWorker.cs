using Cap.Monitoring;
using Cap.Retrying;
using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>
/// Works the due rows of one lane in the shards this node owns: fetches them in batches, starts them (at most one of a key at a time),
/// and writes down how each ended. What starting means is up to the relay and to the group.
/// </summary>
/// <remarks>
/// Rows are not marked when they are fetched: the lease of their shard keeps other nodes away, and memory keeps this one from fetching
/// them twice. So a crash at any point leaves exactly the rows that were not settled.
/// </remarks>
internal abstract partial class LaneWorker
{
    private readonly WorkContext _context;
    private readonly ILogger _log;
    private readonly Signal _signal;
    private readonly FailedAttempts _failedAttempts;
    private readonly Settler _settler;
    private readonly InFlight _inFlight;
    private readonly ShardCursors _cursors;
    private readonly PollingPace _pace;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _draining;

    protected LaneWorker(Lane lane, int capacity, WorkContext context, ILogger log)
    {
        (Lane, _context, _log) = (lane, context, log);
        _signal = context.WakeUps.Of(lane);
        _failedAttempts = new(lane, context.Options, context.GivenUp, Counts = context.Statistics.Of(lane), log);
        _settler = new(lane, context.Storage, context.Options.SchedulerBatchSize, OnSettled, LetGo, context.Troubles, context.Time, log);
        _inFlight = new(capacity, context.Options.MaxBufferedBytes, context.Options.ShardCount);
        _cursors = new(context.Options.ShardCount, context.Options.PollingInterval, context.Time);
        _pace = new(context.Options.PollingInterval, context.WakeUps, context.Time);
    }

    public Lane Lane { get; }

    protected WorkContext Context => _context;

    /// <summary>What is counted of this lane.</summary>
    protected LaneCounts Counts { get; }

    /// <summary>Whether work runs in a shard.</summary>
    public bool IsBusy(int shard)
    {
        lock (_gate)
            return _inFlight.IsBusy(shard);
    }

    /// <summary>Fetches and starts rows until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var backOff = new BackOff(_context.Time);
        var failing = false;
        var trouble = $"database: reading due messages of {Lane}";
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitUntilReadyAsync(stop).ConfigureAwait(false);
                var wait = await RunOnceAsync(stop).ConfigureAwait(false);
                if (wait is not null)
                {
                    backOff.Reset();
                    if (failing)
                    {
                        Log.FetchRecovered(_log, Lane);
                        _context.Troubles.End(trouble);
                    }
                    failing = false;
                }
                else if (failing && _context.Leases.Of(Lane).Count == 0 && _context.Leases.AreKnown)
                {
                    // A heartbeat has answered since then, and gave the shards to other nodes: this one has nothing to read any more.
                    _context.Troubles.End(trouble);
                    failing = false;
                }
                var pause = wait ?? _context.Options.PollingInterval;
                if (pause > TimeSpan.Zero && await _signal.WaitAsync(pause, _context.Time, stop).ConfigureAwait(false))
                    _pace.NoteWork();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!failing)
                    Log.FetchFailed(_log, e, Lane, _context.Storage.Description);
                failing = true;
                _context.Troubles.Begin(trouble, e);
                await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>One fetch. Returns how long nothing is expected to fall due; null when there was no reason to ask.</summary>
    public async Task<TimeSpan?> RunOnceAsync(CancellationToken stop)
    {
        if (Prepare() is not var (query, watch))
            return null;
        List<DueMessage> ready;
        DueBatch batch;
        bool again;
        try
        {
            batch = await _context.Storage.FetchAsync(query, stop).ConfigureAwait(false);
            (ready, again) = Take(batch, watch);
        }
        finally
        {
            lock (_gate)
                _inFlight.Unwatch(watch);
        }
        if (ready.Count > 0)
            Start(ready);
        if (batch.Messages.Count > 0)
            _pace.NoteWork();
        return again ? TimeSpan.Zero
            : batch.NextDueIn < _pace.Longest ? batch.NextDueIn.Value
            : _pace.Longest;
    }

    /// <summary>Call before rows are stored that will be offered: a fetch may find, work and settle them before they are.</summary>
    public Watch BeginOffer()
    {
        lock (_gate)
            return _inFlight.Watch(_context.Leases.TermsOf(Lane));
    }

    /// <summary>Takes rows that were just stored by this process, as far as there is room; the others are fetched later.</summary>
    /// <param name="rows">The rows; empty when storing them failed.</param>
    /// <param name="watch">What <see cref="BeginOffer"/> returned.</param>
    public void Offer(IReadOnlyList<DueMessage> rows, Watch watch)
    {
        var ready = new List<DueMessage>(rows.Count);
        var missed = false;
        lock (_gate)
        {
            var terms = _context.Leases.TermsOf(Lane);
            _inFlight.Unwatch(watch);
            foreach (var row in rows)
            {
                // A keyed row may have predecessors in the table that are not here: only a fetch sees the order.
                var admission = row.KeyHash is null ? Admit(row, watch, terms) : Admission.Later;
                if (admission == Admission.Start)
                    ready.Add(row);
                missed |= admission == Admission.Later;
            }
        }
        if (ready.Count > 0)
            Start(ready);
        if (missed)
            _signal.Set();
    }

    /// <summary>Writes results until <see cref="CompleteSettler"/>.</summary>
    public Task RunSettlerAsync(CancellationToken abandon) => _settler.RunAsync(abandon);

    /// <summary>
    /// Waits until nothing is in flight any more. Results that are refused do not count: they are tried once more and let go.
    /// </summary>
    public Task DrainAsync(CancellationToken abandon)
    {
        lock (_gate)
        {
            _draining = true;
            EndIfDrained();
        }
        _settler.Drain();
        return _empty.Task.WaitAsync(abandon);
    }

    /// <summary>No more results come: <see cref="RunSettlerAsync"/> ends when all are written.</summary>
    public void CompleteSettler() => _settler.Complete();

    /// <summary>Starts rows. For each, exactly one of <see cref="Succeeded"/>, <see cref="Failed"/>, <see cref="HandBack"/> or <see cref="SettledAlready"/> follows.</summary>
    protected abstract void Start(IReadOnlyList<DueMessage> rows);

    /// <summary>Waits until there is any use in fetching.</summary>
    protected virtual ValueTask WaitUntilReadyAsync(CancellationToken stop) => default;

    protected void Succeeded(DueMessage row) => _settler.Add(new(row, null));

    protected void Failed(DueMessage row, DateTimeOffset began, TimeSpan duration, Exception error) =>
        _settler.Add(_failedAttempts.Compose(row, began, duration, error));

    /// <summary>
    /// Whether a row that was admitted may be started now: the node stays, and its shard has been this node's without a gap. After a gap
    /// another node may have settled the row.
    /// </summary>
    protected bool MayStart(DueMessage row)
    {
        lock (_gate)
            return !_draining && _inFlight.TermOf(row) is { } term && _context.Leases.HoldsStill(Lane, row.Shard, term);
    }

    /// <summary>Nothing happened to the row that counts: it is fetched again, here or elsewhere.</summary>
    protected void HandBack(DueMessage row)
    {
        lock (_gate)
        {
            _inFlight.Drop(row);
            _cursors.Back(row);
            EndIfDrained();
        }
        _signal.Set();
    }

    /// <summary>The row was settled in the handler's own transaction.</summary>
    protected void SettledAlready(DueMessage row) => OnSettled([new(row, null)], new HashSet<long>());

    private (DueQuery Query, Watch Watch)? Prepare()
    {
        var terms = _context.Leases.TermsOf(Lane);
        List<int> shards = [.. terms.Keys];
        lock (_gate)
        {
            if (shards.Count == 0 || _draining || !_inFlight.HasRoom)
                return null;
            _cursors.BeginFetch(shards);
            var query = new DueQuery
            {
                Lane = Lane,
                Shards = [.. shards.Select(_cursors.Start)],
                LimitPerShard = Math.Max(1, Math.Min(_inFlight.Room, _context.Options.SchedulerBatchSize) / shards.Count),
                MaxBytes = _inFlight.ByteRoom,
                Except = _inFlight.Ids,
                ExceptKeys = _inFlight.PassOver(),
            };
            return (query, _inFlight.Watch(terms));
        }
    }

    private (List<DueMessage> Ready, bool Again) Take(DueBatch batch, Watch watch)
    {
        var ready = new List<DueMessage>(batch.Messages.Count);
        var taken = 0;
        lock (_gate)
        {
            _cursors.EndFetch();
            var terms = _context.Leases.TermsOf(Lane);
            foreach (var row in batch.Messages)
            {
                _cursors.Saw(row);
                var admission = Admit(row, watch, terms);
                if (admission == Admission.Start)
                    ready.Add(row);
                if (admission == Admission.Later)
                    _cursors.Back(row);
                else
                    taken++;
            }
            // Without room, or with nothing but rows that have to wait, the next settled batch gives the signal.
            return (ready, batch.HasMore && taken > 0 && _inFlight.HasRoom);
        }
    }

    /// <param name="row">The row.</param>
    /// <param name="watch">What was begun before the row was read.</param>
    /// <param name="terms">
    /// The terms of now, the same for all rows that were read together: a shard may have been closed for new work since, or lost and won
    /// back, and of two rows of a key the later one must not be admitted when the earlier was not.
    /// </param>
    private Admission Admit(DueMessage row, Watch watch, IReadOnlyDictionary<int, int> terms) =>
        !_draining && terms.TryGetValue(row.Shard, out var term) && watch.Terms.TryGetValue(row.Shard, out var then) && then == term
            ? _inFlight.Admit(row, term, watch)
            : Admission.Later;

    private void OnSettled(IReadOnlyList<Outcome> batch, IReadOnlySet<long> counted)
    {
        var next = new List<DueMessage>();
        var look = false;
        lock (_gate)
        {
            var wasFull = !_inFlight.HasRoom;
            foreach (var (row, failure) in batch)
            {
                if (failure is null && !_draining)
                {
                    if (_inFlight.Remove(row, out var more) is { } follower)
                        next.Add(follower);
                    // One that had failed before no longer holds up the rows of its key in the table.
                    look |= more || row is { KeyHash: not null, Retries: > 0 };
                    continue;
                }
                // A failed row is fetched again. While the worker ends, nothing is started behind a row that is done either.
                _inFlight.Drop(row);
                if (failure is not null)
                    _cursors.Back(row);
                look = true;
            }
            look |= wasFull && _inFlight.HasRoom;
            EndIfDrained();
        }
        if (next.Count > 0)
            Start(next);
        if (look)
            _signal.Set();
        _failedAttempts.Tell(batch, counted);
    }

    /// <summary>Their results cannot be written and the worker ends: whoever owns their shards next handles them again.</summary>
    private void LetGo(IReadOnlyList<Outcome> outcomes)
    {
        foreach (var outcome in outcomes)
            HandBack(outcome.Message);
    }

    private void EndIfDrained()
    {
        if (_draining && _inFlight.Count == 0)
            _empty.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(131, LogLevel.Warning, "{Lane}: cannot read due messages from {Storage}; trying until it works")]
        public static partial void FetchFailed(ILogger logger, Exception error, Lane lane, string storage);

        [LoggerMessage(132, LogLevel.Information, "{Lane}: reading due messages works again")]
        public static partial void FetchRecovered(ILogger logger, Lane lane);
    }
}
