using System.Threading.Channels;
using Cap.Retrying;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>
/// Writes results in batches: a batch is whatever has gathered while the previous one was being written. While the database is away it
/// keeps them and tries again; their number is bounded by what the worker may hold.
/// </summary>
internal sealed partial class Settler(Lane lane, IStorage storage, int maxBatch, Action<IReadOnlyList<Outcome>> settled, TimeProvider time, ILogger log)
{
    private readonly Channel<Outcome> _outcomes = Channel.CreateUnbounded<Outcome>(new() { SingleReader = true });

    public void Add(Outcome outcome) => _outcomes.Writer.TryWrite(outcome);

    /// <summary>No more results come: <see cref="RunAsync"/> ends when all are written.</summary>
    public void Complete() => _outcomes.Writer.TryComplete();

    public async Task RunAsync(CancellationToken abandon)
    {
        var backOff = new BackOff(time);
        while (await _outcomes.Reader.WaitToReadAsync(abandon).ConfigureAwait(false))
        {
            var batch = new List<Outcome>();
            while (batch.Count < maxBatch && _outcomes.Reader.TryRead(out var outcome))
                batch.Add(outcome);
            await WriteAsync(batch, backOff, abandon).ConfigureAwait(false);
            settled(batch);
        }
    }

    private async Task WriteAsync(List<Outcome> batch, BackOff backOff, CancellationToken abandon)
    {
        var request = new SettleRequest(
            lane,
            [.. batch.Where(o => o.Failure is null).Select(o => o.Message.Id)],
            [.. batch.Where(o => o.Failure is not null).Select(o => o.Failure!)]
        );
        for (var failures = 0; ; failures++)
        {
            try
            {
                await storage.SettleAsync(request, abandon).ConfigureAwait(false);
                backOff.Reset();
                if (failures > 0)
                    Log.SettleRecovered(log, lane, batch.Count);
                return;
            }
            catch (Exception e) when (!abandon.IsCancellationRequested)
            {
                // Writing the same results again is harmless: rows that are gone are passed over, attempts are guarded by their number.
                if (failures == 0)
                    Log.SettleFailed(log, e, lane, batch.Count);
                await backOff.WaitAsync(abandon).ConfigureAwait(false);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(121, LogLevel.Warning, "{Lane}: {Count} results could not be written; trying until they are")]
        public static partial void SettleFailed(ILogger logger, Exception error, Lane lane, int count);

        [LoggerMessage(122, LogLevel.Information, "{Lane}: {Count} results are written now")]
        public static partial void SettleRecovered(ILogger logger, Lane lane, int count);
    }
}
