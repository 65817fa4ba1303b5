using Cap.Servers;

namespace Cap.Benchmarks;

/// <summary>Runs each scenario beside its floor, in turn and several times, and prints the table.</summary>
internal static class BenchProgram
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        await SayAsync("Starting servers …");
        await using var servers = await BenchServers.StartAsync();
        var runs = options.Scenarios.ToDictionary(s => s, _ => new Comparison());
        foreach (var (scenario, comparison) in runs)
        {
            for (var i = 0; i < options.Repetitions; i++)
            {
                // Each goes first as often as the other.
                foreach (var side in i % 2 == 0 ? new[] { "floor", "cap" } : ["cap", "floor"])
                    comparison.Add(side, await MeasureAsync(servers, options, scenario, side, counts: false));
                await SayAsync($"{scenario.Name} {i + 1}/{options.Repetitions}: {comparison.Last}");
            }
        }
        await SayAsync("Counting statements and frames …");
        await servers.CountStatementsAsync();
        foreach (var (scenario, comparison) in runs)
        {
            foreach (var side in new[] { "floor", "cap" })
                comparison.AddCounts(side, await MeasureAsync(servers, options, scenario, side, counts: true));
        }
        foreach (var line in options.Json ? Report.Json(runs) : Report.Table(runs))
            Console.WriteLine(line);
        return 0;
    }

    private static async Task<Measured> MeasureAsync(BenchServers servers, BenchOptions options, Scenario scenario, string side, bool counts)
    {
        var name = Names.Unique("bench");
        var count = scenario.Count / options.Share / (counts ? 4 : 1);
        var measured = await MeasureProcess.RunAsync(
            new()
            {
                Scenario = scenario.Name,
                Side = side,
                Postgres = servers.Postgres.ConnectionString + ";Maximum Pool Size=40",
                RabbitMQ = servers.Rabbit.ConnectionString,
                Name = name,
                Count = count,
                WarmUp = scenario.WarmUp / options.Share,
                Counts = counts,
            });
        await servers.CleanAsync(name);
        return measured;
    }

    /// <summary>Progress goes beside the result.</summary>
    private static Task SayAsync(string line) => Console.Error.WriteLineAsync(line);
}
