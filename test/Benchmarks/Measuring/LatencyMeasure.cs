using System.Diagnostics;

namespace Cap.Benchmarks;

/// <summary>The time from a commit, taken when the transaction has ended for its writer, to the first line of the handler.</summary>
internal static class LatencyMeasure
{
    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var (plan, side, load) = (experiment.Plan, experiment.Side, experiment.Load);
        // What the rate itself changes, after a warm-up at full speed, is over after a while.
        var settling = plan.Count / 6;
        await side.SettledAsync(await load.WriteAsync(settling, plan.Rate, _ => { }));

        var (begin, committed, handled) = (load.Written, new long[plan.Count], new long[plan.Count]);
        side.OnHandling = number =>
        {
            if (number >= begin)
                handled[number - begin] = Stopwatch.GetTimestamp();
        };
        using var meter = await Meter.StartAsync(plan);
        await side.SettledAsync(await load.WriteAsync(plan.Count, plan.Rate, number => committed[number - begin] = Stopwatch.GetTimestamp()));
        var measured = await meter.ReadAsync(plan.Count);

        var times = committed.Zip(handled, (from, to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds).Order().ToList();
        return measured.With((Measure.P50, times[times.Count / 2]), (Measure.P99, times[times.Count * 99 / 100]));
    }
}
