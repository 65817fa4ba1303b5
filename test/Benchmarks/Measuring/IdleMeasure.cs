namespace Cap.Benchmarks;

/// <summary>What a node costs that has nothing to do.</summary>
internal static class IdleMeasure
{
    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var period = experiment.Plan.Period;
        // Compiling in the background, garbage and pools of the warm-up settle first.
        await Task.Delay(period / 3);
        using var meter = await Meter.StartAsync(experiment.Plan);
        await Task.Delay(period);
        var seconds = meter.Elapsed.TotalSeconds;
        var measured = await meter.ReadAsync(1);
        // One statement is the meter's own.
        return new Measured { Megabytes = measured.Megabytes }.With(
            (Measure.CorePercent, measured.CpuSeconds / seconds * 100), (Measure.StatementsPerSecond, ((measured.Statements ?? double.NaN) - 1) / seconds));
    }
}
