namespace Cap.Benchmarks;

/// <summary>Runs each scenario, what it compares in turn and several times, and prints what was measured.</summary>
internal static class BenchProgram
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        await SayAsync("Starting servers …");
        await using var servers = await BenchServers.StartAsync();
        var stage = new Stage(servers);
        var runs = options.Scenarios.Select(s => new Comparison(s)).ToList();
        var failed = new HashSet<string>();
        // First, since it fills tables that a scenario after it may use as well.
        if (options.Figure is { } path)
            await TryAsync("--figure", async () => await File.WriteAllTextAsync(path, await new FigureRun(stage, options.Quick).RunAsync()));
        foreach (var run in runs.Where(r => !r.Scenario.NeedsCounts))
            await TryAsync(run.Scenario.Name, () => RepeatAsync(stage, run));

        // Counting costs time, so whatever is timed comes before it.
        if (runs.Any(r => r.Scenario.NeedsCounts || r.Scenario.IsCounted))
        {
            await SayAsync("Counting statements and frames …");
            await servers.CountStatementsAsync();
        }
        foreach (var run in runs.Where(r => !failed.Contains(r.Scenario.Name)).ToList())
        {
            if (run.Scenario.NeedsCounts)
                await TryAsync(run.Scenario.Name, () => RepeatAsync(stage, run));
            if (run.Scenario.IsCounted)
                await TryAsync(run.Scenario.Name, () => CountAsync(stage, run));
        }
        List<Comparison> done = [.. runs.Where(r => !failed.Contains(r.Scenario.Name))];
        foreach (var line in options.Json ? Report.Json(done) : done.Count > 0 ? Report.Table(done) : [])
            Console.WriteLine(line);
        return failed.Count == 0 ? 0 : 1;

        async Task TryAsync(string name, Func<Task> measure)
        {
            try
            {
                await measure();
            }
            catch (Exception e)
            {
                // What an hour of other scenarios has found is not given away for it.
                failed.Add(name);
                await SayAsync($"{name} FAILED: {e}");
            }
        }
    }

    private static async Task RepeatAsync(Stage stage, Comparison run)
    {
        var scenario = run.Scenario;
        for (var i = 0; i < scenario.Repetitions; i++)
        {
            // Each goes first as often as the other.
            foreach (var entry in i % 2 == 0 ? scenario.Entries.Reverse() : scenario.Entries)
                run.Add(entry, await stage.RunAsync(entry));
            await SayAsync($"{scenario.Name} {i + 1}/{scenario.Repetitions}: {run.Last()}");
        }
        await stage.ClearAsync();
    }

    private static async Task CountAsync(Stage stage, Comparison run)
    {
        foreach (var entry in run.Scenario.Entries)
            run.AddCounts(entry, await stage.RunAsync(entry with { Plan = entry.Plan with { Count = entry.Plan.Count / 4, Counts = true } }));
    }

    /// <summary>Progress goes beside the result.</summary>
    private static Task SayAsync(string line) => Console.Error.WriteLineAsync(line);
}
