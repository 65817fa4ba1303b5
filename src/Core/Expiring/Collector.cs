using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Expiring;

/// <summary>Purges what is old, regularly. Several nodes may run it: the storage lets one work at a time.</summary>
internal sealed partial class Collector(CapOptions options, IStorage storage, TimeProvider time, ILogger<Collector> log)
{
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.PurgeFailed(log, e, options.CollectorCleaningInterval);
            }
            await Task.Delay(options.CollectorCleaningInterval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One purge, until there is nothing old any more.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        var request = new ExpiryRequest(
            options.SucceedMessageExpiredAfter,
            options.DeduplicationWindow,
            options.CollectorCleaningInterval
        );
        ExpiryResult result;
        do
        {
            result = await storage.ExpireAsync(request, stop).ConfigureAwait(false);
            if (result.Succeeded > 0)
                Log.Purged(log, result.Succeeded);
            foreach (var failed in result.Failed)
                Log.FailedExpired(log, new Lane(failed.Type, ""), failed.Name, failed.MessageId, failed.Id, options.FailedMessageExpiredAfter);
        } while (result.HasMore);
    }

    private static partial class Log
    {
        [LoggerMessage(191, LogLevel.Information, "Purged about {Count} succeeded messages")]
        public static partial void Purged(ILogger logger, long count);

        [LoggerMessage(192, LogLevel.Warning, "{Lane} '{Name}' {MessageId} (row {Id}) failed and nobody acted on it for {KeepTime}: it is deleted")]
        public static partial void FailedExpired(ILogger logger, Lane lane, string name, string messageId, long id, TimeSpan keepTime);

        [LoggerMessage(193, LogLevel.Warning, "Purging old messages failed; the next try is in {Interval}")]
        public static partial void PurgeFailed(ILogger logger, Exception error, TimeSpan interval);
    }
}
