using System.Threading.Channels;
using Cap.Monitoring;
using Cap.Retrying;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>
/// Writes results in batches: a batch is whatever has gathered while the previous one was being written. While the database is away it
/// keeps them and tries again; their number is bounded by what the worker may hold. A result the database refuses alone waits alone, until
/// the worker ends.
/// </summary>
internal sealed partial class Settler
{
    private readonly Lane _lane;
    private readonly IStorage _storage;
    private readonly int _maxBatch;
    private readonly Action<IReadOnlyList<Outcome>, IReadOnlySet<long>> _settled;
    private readonly Action<IReadOnlyList<Outcome>> _letGo;
    private readonly ILogger _log;
    private readonly Sieve<Outcome> _sieve;
    private readonly Channel<Outcome> _outcomes = Channel.CreateUnbounded<Outcome>(new() { SingleReader = true });
    private readonly TaskCompletionSource _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnding;

    /// <param name="lane">The lane of the rows.</param>
    /// <param name="storage">Where to write.</param>
    /// <param name="maxBatch">The most results of one batch.</param>
    /// <param name="settled">Told of each batch that is written, and of the rows in it whose failed attempt counts.</param>
    /// <param name="letGo">Told what is refused and no longer waited for, once <see cref="Drain"/> was called.</param>
    /// <param name="troubles">What health shows.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    public Settler(
        Lane lane,
        IStorage storage,
        int maxBatch,
        Action<IReadOnlyList<Outcome>, IReadOnlySet<long>> settled,
        Action<IReadOnlyList<Outcome>> letGo,
        Troubles troubles,
        TimeProvider time,
        ILogger log
    )
    {
        (_lane, _storage, _maxBatch, _settled, _letGo, _log) = (lane, storage, maxBatch, settled, letGo, log);
        var trouble = $"database: writing results of {lane}";
        var refused = $"database: refused results of {lane}";
        _sieve = new(WriteAsync, time)
        {
            OnFailed = (e, count) =>
            {
                Log.SettleFailed(log, e, lane, count);
                troubles.Begin(trouble, e);
            },
            OnRecovered = count =>
            {
                Log.SettleRecovered(log, lane, count);
                troubles.End(trouble);
            },
            OnSetAside = (count, first) => troubles.Refused(refused, count, first?.Message.Name, first?.Message.MessageId),
            OnRefused = (outcome, e) => Log.SettleRefused(log, e, lane, outcome.Message.Name, outcome.Message.MessageId),
        };
    }

    public void Add(Outcome outcome) => _outcomes.Writer.TryWrite(outcome);

    /// <summary>From now on a result that is refused is tried once more and then let go.</summary>
    public void Drain() => _draining.TrySetResult();

    /// <summary>No more results come: <see cref="RunAsync"/> ends when all are written. After <see cref="Drain"/>.</summary>
    public void Complete() => _outcomes.Writer.TryComplete();

    public async Task RunAsync(CancellationToken abandon)
    {
        while (true)
        {
            var more = _outcomes.Reader.WaitToReadAsync(abandon).AsTask();
            while (!more.IsCompleted)
            {
                await WaitAsync(more).ConfigureAwait(false);
                await RetryAsync(abandon).ConfigureAwait(false);
            }
            if (!await more.ConfigureAwait(false))
            {
                await RetryAsync(abandon).ConfigureAwait(false);
                return;
            }
            var batch = new List<Outcome>();
            while (batch.Count < _maxBatch && _outcomes.Reader.TryRead(out var outcome))
                batch.Add(outcome);
            await _sieve.StoreAsync(batch, abandon).ConfigureAwait(false);
            await RetryAsync(abandon).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits for more, or until what is set aside is to be tried again. Once <see cref="RetryAsync"/> has seen that this drains, nothing stays
    /// set aside; that it drains may be said at any moment before.
    /// </summary>
    private Task WaitAsync(Task more) => _isEnding ? more : Task.WhenAny(_sieve.WaitAsync(more), _draining.Task);

    private async Task RetryAsync(CancellationToken abandon)
    {
        if (!_draining.Task.IsCompleted)
        {
            if (_sieve.IsDue)
                await _sieve.RetryAsync(abandon).ConfigureAwait(false);
            return;
        }
        _isEnding = true;
        var refused = await _sieve.EndAsync(abandon).ConfigureAwait(false);
        if (refused.Count == 0)
            return;
        Log.LetGo(_log, _lane, refused.Count, string.Join(", ", refused.Select(o => o.Message.MessageId).Take(10)));
        _letGo(refused);
    }

    /// <remarks>Writing the same results again is harmless: rows that are gone are passed over, attempts are guarded by their number.</remarks>
    private async Task WriteAsync(IReadOnlyList<Outcome> batch, CancellationToken abandon)
    {
        var request = new SettleRequest(
            _lane,
            [.. batch.Where(o => o.Failure is null).Select(o => o.Message.Id)],
            [.. batch.Where(o => o.Failure is not null).Select(o => o.Failure!)]
        );
        var counted = await _storage.SettleAsync(request, abandon).ConfigureAwait(false);
        _settled(batch, counted.ToHashSet());
    }

    private static partial class Log
    {
        [LoggerMessage(121, LogLevel.Warning, "{Lane}: {Count} results could not be written; trying until they are")]
        public static partial void SettleFailed(ILogger logger, Exception error, Lane lane, int count);

        [LoggerMessage(122, LogLevel.Information, "{Lane}: {Count} results are written now")]
        public static partial void SettleRecovered(ILogger logger, Lane lane, int count);

        [LoggerMessage(
            123,
            LogLevel.Error,
            "{Lane}: the result of '{Name}' {MessageId} is refused by the database, which takes others. It is kept and tried again; the others go on"
        )]
        public static partial void SettleRefused(ILogger logger, Exception error, Lane lane, string name, string messageId);

        [LoggerMessage(124, LogLevel.Warning, "{Lane}: {Count} results are refused while the node stops; their messages are handled again: {MessageIds}")]
        public static partial void LetGo(ILogger logger, Lane lane, int count, string messageIds);
    }
}
