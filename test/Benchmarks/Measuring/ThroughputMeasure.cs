namespace Cap.Benchmarks;

/// <summary>From the first begin until every row is settled.</summary>
internal static class ThroughputMeasure
{
    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        using var meter = await Meter.StartAsync(experiment.Plan);
        await experiment.Side.SettledAsync(await experiment.Load.WriteAsync(experiment.Plan.Count));
        return await meter.ReadAsync(experiment.Plan.Count);
    }
}
