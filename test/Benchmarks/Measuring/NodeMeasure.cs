namespace Cap.Benchmarks;

/// <summary>One of several processes that share the work. When all is settled is known to the parent, who has the time as well.</summary>
internal static class NodeMeasure
{
    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var (plan, side, parent) = (experiment.Plan, experiment.Side, experiment.Parent);
        await parent.AskAsync(Ask.Written);
        using var meter = await Meter.StartAsync(plan);
        var handled = side.HandledCount;
        // A node that began sooner would have others handle what they do not count.
        await parent.AskAsync(Ask.Ready);
        await experiment.Load.WriteAsync(plan.Count);
        await parent.AskAsync(Ask.Written);
        return (await meter.ReadAsync(plan.Count)).With((Measure.Handled, side.HandledCount - handled));
    }
}
