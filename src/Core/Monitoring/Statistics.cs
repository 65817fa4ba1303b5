using System.Collections.Concurrent;
using System.Globalization;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Monitoring;

/// <summary>
/// Counts what this node does, and adds it to what is stored every ten seconds: so rates cost no statement for a message, and nothing at all
/// while there is nothing to do. Thread-safe.
/// </summary>
internal sealed partial class Statistics(IStorage storage, TimeProvider time, ILogger<Statistics> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Lane, LaneCounts> _lanes = new();

    /// <summary>What is counted of a lane.</summary>
    public LaneCounts Of(Lane lane) => _lanes.GetOrAdd(lane, static _ => new());

    /// <summary>
    /// How long ago a message was sent or, if it was delayed, fell due, as far as its headers say; null when they do not. The clocks of two
    /// machines may differ: a time to come counts as now.
    /// </summary>
    public TimeSpan? WaitedFor(IReadOnlyDictionary<string, string?> headers)
    {
        var text = headers.GetValueOrDefault(Headers.DelayTime) ?? headers.GetValueOrDefault(Headers.SentTime);
        if (!DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sent))
            return null;
        var waited = time.GetUtcNow() - sent;
        return waited > TimeSpan.Zero ? waited : TimeSpan.Zero;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCancellationRequested)
                await RunOnceAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Stores what has been counted. What cannot be stored is kept for the next time.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        var counted = _lanes.Select(lane => lane.Value.Take(lane.Key)).OfType<LaneStatistics>().ToList();
        if (counted.Count == 0)
            return;
        try
        {
            await storage.Monitoring.AddStatisticsAsync(counted, stop).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            foreach (var one in counted)
                Of(one.Lane).Return(one);
            Log.NotStored(log, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(143, LogLevel.Debug, "Statistics could not be stored; they are kept for the next time")]
        public static partial void NotStored(ILogger logger, Exception error);
    }
}
