using Cap.Retrying;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Waking;

/// <summary>Hears other nodes' notifications and wakes the workers here.</summary>
internal sealed partial class Listener(WakeUps wakeUps, IStorage storage, TimeProvider time, ILogger<Listener> log)
{
    public async Task RunAsync(CancellationToken stop)
    {
        var backOff = new BackOff(time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await storage.ListenAsync(Heard, stop).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.ListenFailed(log, e);
                wakeUps.AreHeard = false;
                await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Heard(Lane? lane)
    {
        wakeUps.AreHeard = true;
        if (lane is null)
            wakeUps.WakeAll();
        else
            wakeUps.Wake(lane);
    }

    private static partial class Log
    {
        [LoggerMessage(112, LogLevel.Debug, "Lost the connection that listens for other nodes; polling goes on")]
        public static partial void ListenFailed(ILogger logger, Exception error);
    }
}
