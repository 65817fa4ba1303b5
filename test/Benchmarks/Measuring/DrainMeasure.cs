using System.Diagnostics;

namespace Cap.Benchmarks;

/// <summary>
/// The broker goes, messages gather, the broker comes back. Measured is from its return, which is when it takes connections or when the
/// first message is handled, whichever is sooner; memory from before it goes.
/// </summary>
internal static class DrainMeasure
{
    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var (plan, side, parent) = (experiment.Plan, experiment.Side, experiment.Parent);
        PeakMemory.Reset();
        await parent.AskAsync(Ask.BrokerAway);
        var written = await experiment.Load.WriteAsync(plan.Count);
        await experiment.CheckpointAsync();

        using var meter = await Meter.StartAsync(plan);
        var handled = side.HandledCount;
        var first = FirstAsync(side, handled);
        var back = TimedAsync(parent.AskAsync(Ask.BrokerBack));
        await side.SettledAsync(written);
        var end = Stopwatch.GetTimestamp();
        var measured = await meter.ReadAsync(plan.Count);
        var (began, answered) = (await first, await back);
        return (measured with { PerSecond = plan.Count / Stopwatch.GetElapsedTime(Math.Min(began, answered), end).TotalSeconds }).With(
            (Measure.PeakMegabytes, PeakMemory.Megabytes()));
    }

    private static async Task<long> FirstAsync(ISide side, long before)
    {
        while (side.HandledCount == before)
            await Task.Delay(1);
        return Stopwatch.GetTimestamp();
    }

    private static async Task<long> TimedAsync(Task task)
    {
        await task;
        return Stopwatch.GetTimestamp();
    }
}
