using System.Threading.Channels;
using Cap.Monitoring;
using Cap.Retrying;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>
/// Writes results in batches: a batch is whatever has gathered while the previous one was being written. While the database is away it
/// keeps them and tries again; their number is bounded by what the worker may hold. A result the database refuses alone waits alone.
/// </summary>
internal sealed partial class Settler
{
    private readonly Lane _lane;
    private readonly IStorage _storage;
    private readonly int _maxBatch;
    private readonly Action<IReadOnlyList<Outcome>, IReadOnlySet<long>> _settled;
    private readonly Sieve<Outcome> _sieve;
    private readonly Channel<Outcome> _outcomes = Channel.CreateUnbounded<Outcome>(new() { SingleReader = true });

    /// <param name="lane">The lane of the rows.</param>
    /// <param name="storage">Where to write.</param>
    /// <param name="maxBatch">The most results of one batch.</param>
    /// <param name="settled">Told of each batch that is written, and of the rows in it whose failed attempt counts.</param>
    /// <param name="troubles">What health shows.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    public Settler(
        Lane lane,
        IStorage storage,
        int maxBatch,
        Action<IReadOnlyList<Outcome>, IReadOnlySet<long>> settled,
        Troubles troubles,
        TimeProvider time,
        ILogger log
    )
    {
        (_lane, _storage, _maxBatch, _settled) = (lane, storage, maxBatch, settled);
        var trouble = $"database: writing results of {lane}";
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
            OnRefused = (outcome, e) => Log.SettleRefused(log, e, lane, outcome.Message.Name, outcome.Message.MessageId),
        };
    }

    public void Add(Outcome outcome) => _outcomes.Writer.TryWrite(outcome);

    /// <summary>No more results come: <see cref="RunAsync"/> ends when all are written, or refused once more.</summary>
    public void Complete() => _outcomes.Writer.TryComplete();

    public async Task RunAsync(CancellationToken abandon)
    {
        while (true)
        {
            var more = _outcomes.Reader.WaitToReadAsync(abandon).AsTask();
            while (!more.IsCompleted)
            {
                await _sieve.WaitAsync(more).ConfigureAwait(false);
                if (_sieve.IsDue)
                    await _sieve.RetryAsync(abandon).ConfigureAwait(false);
            }
            if (!await more.ConfigureAwait(false))
                break;
            var batch = new List<Outcome>();
            while (batch.Count < _maxBatch && _outcomes.Reader.TryRead(out var outcome))
                batch.Add(outcome);
            await _sieve.StoreAsync(batch, abandon).ConfigureAwait(false);
            if (_sieve.IsDue)
                await _sieve.RetryAsync(abandon).ConfigureAwait(false);
        }
        await _sieve.RetryAsync(abandon).ConfigureAwait(false);
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
    }
}
