using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Cap.Benchmarks;

/// <summary>A process that measures one side once, and prints what it found.</summary>
internal static class MeasureProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        var parent = new Parent();
        var plan = new ConfigurationBuilder().AddCommandLine(args).Build().Get<MeasurePlan>() ?? throw new InvalidOperationException("No plan was given.");
        await using var side = SideOf(plan);
        await side.StartAsync();
        await using var load = await Load.OpenAsync(side, plan.PerTransaction);
        var experiment = new Experiment(plan, side, load, parent);
        if (plan.Kind == MeasureKind.Node)
            await parent.AskAsync(Ask.Started);
        var written = await load.WriteAsync(plan.WarmUp);
        if (plan.Kind != MeasureKind.Node)
            await side.SettledAsync(written);
        await experiment.CheckpointAsync();
        var measured = await (plan.Kind switch
        {
            MeasureKind.Drain => DrainMeasure.RunAsync(experiment),
            MeasureKind.Latency => LatencyMeasure.RunAsync(experiment),
            MeasureKind.Held => HeldMeasure.RunAsync(experiment),
            MeasureKind.Idle => IdleMeasure.RunAsync(experiment),
            MeasureKind.Dashboard => DashboardMeasure.RunAsync(experiment),
            MeasureKind.Node => NodeMeasure.RunAsync(experiment),
            _ => ThroughputMeasure.RunAsync(experiment),
        });
        Console.WriteLine(Parent.Result + JsonSerializer.Serialize(measured));
        return 0;
    }

    private static ISide SideOf(MeasurePlan plan) => plan.Side switch
    {
        SideKind.Floor => new FloorSide(plan),
        SideKind.Sqlite => new SqliteSide(plan),
        _ => new CapSide(plan),
    };
}
