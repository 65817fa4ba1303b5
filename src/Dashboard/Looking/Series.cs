using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What happened over a while, in equal steps of time; the last one is still going on.</summary>
/// <param name="Step">How long a step is.</param>
/// <param name="Succeeded">Messages that succeeded in each.</param>
/// <param name="Failed">Attempts that failed in each.</param>
public sealed record Series(TimeSpan Step, IReadOnlyList<long> Succeeded, IReadOnlyList<long> Failed)
{
    /// <summary>The series of a type, or of a lane, up to now.</summary>
    public static Series Of(IReadOnlyList<LaneStatistics> history, Func<Lane, bool> which, DateTimeOffset now, TimeSpan step, int steps)
    {
        var (succeeded, failed) = (new long[steps], new long[steps]);
        var end = now.UtcTicks / step.Ticks;
        foreach (var one in history.Where(h => which(h.Lane)))
        {
            var place = steps - 1 - (int)Math.Clamp(end - one.Minute.UtcTicks / step.Ticks, 0, steps);
            if (place < 0)
                continue;
            succeeded[place] += one.Succeeded;
            failed[place] += one.Failed;
        }
        return new(step, succeeded, failed);
    }

    /// <summary>A percentile of how long messages waited, or attempts took, since a time.</summary>
    public static TimeSpan? Percentile(
        IReadOnlyList<LaneStatistics> history, Func<Lane, bool> which, DateTimeOffset since, Func<LaneStatistics, IReadOnlyList<long>> of, double share)
    {
        var sum = new long[Durations.Steps];
        foreach (var one in history.Where(h => h.Minute >= since && which(h.Lane)))
        {
            var counts = of(one);
            for (var i = 0; i < counts.Count; i++)
                sum[i] += counts[i];
        }
        return Durations.Percentile(sum, share);
    }

    /// <summary>Everything of the outbox, or of the inbox.</summary>
    public static Func<Lane, bool> OfType(MessageType type) => lane => lane.Type == type;
}
