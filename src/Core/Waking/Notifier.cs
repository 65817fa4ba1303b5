using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Waking;

/// <summary>
/// Tells other nodes about their work, on a connection of its own and never in the application's transaction. The first
/// notification goes at once; what gathers while it is under way, or within the pause after it, goes together.
/// </summary>
internal sealed partial class Notifier(WakeUps wakeUps, IStorage storage, TimeProvider time, ILogger<Notifier> log)
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(10);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await wakeUps.Others.WaitAsync(Timeout.InfiniteTimeSpan, time, stop).ConfigureAwait(false);
                await RunOnceAsync(stop).ConfigureAwait(false);
                await Task.Delay(Debounce, time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Polling finds the rows. The workers already say that the database is away.
                Log.NotifyFailed(log, e);
            }
        }
    }

    public async Task RunOnceAsync(CancellationToken stop)
    {
        if (wakeUps.TakeElsewhere() is { Count: > 0 } lanes)
            await storage.NotifyAsync(lanes, stop).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(111, LogLevel.Debug, "Other nodes could not be notified; they find the work by polling")]
        public static partial void NotifyFailed(ILogger logger, Exception error);
    }
}
