using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What happened over a while, in equal steps of time; the last one is still going on.</summary>
/// <param name="Step">How long a step is.</param>
/// <param name="Succeeded">Messages that succeeded in each.</param>
/// <param name="Failed">Attempts that failed in each.</param>
public sealed record Series(TimeSpan Step, IReadOnlyList<long> Succeeded, IReadOnlyList<long> Failed)
{
    /// <summary>The series up to now of what was counted. What was longer ago is left out.</summary>
    public static Series Of(IEnumerable<LaneStatistics> counted, DateTimeOffset now, TimeSpan step, int steps)
    {
        ArgumentNullException.ThrowIfNull(counted);
        var (succeeded, failed) = (new long[steps], new long[steps]);
        var end = now.UtcTicks / step.Ticks;
        foreach (var one in counted)
        {
            var place = steps - 1 - (int)Math.Clamp(end - one.Minute.UtcTicks / step.Ticks, 0, steps);
            if (place < 0)
                continue;
            succeeded[place] += one.Succeeded;
            failed[place] += one.Failed;
        }
        return new(step, succeeded, failed);
    }

    /// <summary>A percentile of how long messages waited, or attempts took.</summary>
    public static TimeSpan? Percentile(IEnumerable<LaneStatistics> counted, Func<LaneStatistics, IReadOnlyList<long>> of, double share)
    {
        ArgumentNullException.ThrowIfNull(counted);
        ArgumentNullException.ThrowIfNull(of);
        var sum = new long[Durations.Steps];
        foreach (var counts in counted.Select(of))
        {
            for (var i = 0; i < counts.Count; i++)
                sum[i] += counts[i];
        }
        return Durations.Percentile(sum, share);
    }
}
