using System.Data;
using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>A process that runs one side of one scenario once, and prints what it measured.</summary>
internal static class MeasureProgram
{
    public const string Result = "RESULT ";

    public static async Task<int> RunAsync(string[] args)
    {
        _ = Task.Run(EndWithParentAsync);
        var plan = new ConfigurationBuilder().AddCommandLine(args).Build().Get<MeasurePlan>() ?? throw new InvalidOperationException("No plan was given.");
        var scenario = Scenario.All.Single(s => s.Name == plan.Scenario);
        await using ISide side = plan.Side == "cap" ? new CapSide(plan, scenario.Consumes) : new FloorSide(plan, scenario.Consumes, scenario.FloorWritesDue);
        await side.StartAsync();
        await using var load = await Load.OpenAsync(side, scenario.PerTransaction);
        await side.SettledAsync(await load.WriteAsync(plan.WarmUp));
        await CheckpointAsync(plan);

        var statements = plan.Counts ? await StatementsAsync(plan) : 0;
        var (sent, received) = (FrameCounter.Out, FrameCounter.In);
        using var process = Process.GetCurrentProcess();
        var (cpu, bytes, clock) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
        await side.SettledAsync(await load.WriteAsync(plan.Count));
        var elapsed = clock.Elapsed;
        process.Refresh();
        var measured = new Measured(
            plan.Count / elapsed.TotalSeconds,
            (process.TotalProcessorTime - cpu).TotalSeconds / plan.Count,
            (double)(GC.GetTotalAllocatedBytes() - bytes) / plan.Count,
            process.WorkingSet64 / 1e6,
            plan.Counts ? (double)(await StatementsAsync(plan) - statements) / plan.Count : null,
            plan.Counts ? (double)(FrameCounter.Out - sent) / plan.Count : null,
            plan.Counts ? (double)(FrameCounter.In - received) / plan.Count : null);
        Console.WriteLine(Result + JsonSerializer.Serialize(measured));
        return 0;
    }

    /// <summary>Standard input closes when whoever started this ends, however that ends.</summary>
    private static async Task EndWithParentAsync()
    {
        await Console.In.ReadToEndAsync();
        Environment.Exit(3);
    }

    /// <summary>So that no run pays for the writes of the one before it.</summary>
    private static async Task CheckpointAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.ExecuteAsync("checkpoint", commandTimeout: 0, commandType: CommandType.Text);
    }

    private static async Task<long> StatementsAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        return await connection.QuerySingleAsync<long>("select coalesce(sum(calls), 0)::bigint from pg_stat_statements");
    }
}
