using System.Diagnostics;
using System.Globalization;
using Cap.Servers;

namespace Cap.Crash.Run;

/// <summary>Runs one seed after the other on servers of its own, and tells how it goes.</summary>
internal sealed class Series(SeriesOptions options, TextWriter output) : IAsyncDisposable
{
    private readonly List<SeedResult> _results = [];
    private PostgresServer? _postgres;
    private RabbitServer? _rabbit;

    /// <summary>Runs all of them. The results are in the order of the seeds.</summary>
    public async Task<IReadOnlyList<SeedResult>> RunAsync(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < options.Seeds && watch.Elapsed < options.AtMost; i++)
        {
            stop.ThrowIfCancellationRequested();
            var result = await RunOneAsync(options.FirstSeed + i, stop);
            _results.Add(result);
            Tell(result);
        }
        return _results;
    }

    /// <summary>The figures, and as the last line the sum.</summary>
    public void Sum()
    {
        if (_results.Count == 0)
            return;
        Count("faults", _results.SelectMany(r => r.Scenario.Faults.Select(f => f.Kind.ToString())));
        Count("crash points", _results.SelectMany(r => r.Crashes));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"settled {_results.Average(r => r.SettledIn.TotalSeconds):0.0} s after the trouble on average, {_results.Max(r => r.SettledIn.TotalSeconds):0.0} s at most · "
                    + $"plain handlers ran again {_results.Sum(r => r.Verdict.Again)} times · worked at once {_results.Sum(r => r.Verdict.AtOnce.Count)} · "
                    + $"other faults {_results.Sum(r => r.Faults.Count)}"
            )
        );
        output.WriteLine(
            $"seeds {_results.Count} · committed {_results.Sum(r => r.Verdict.Committed)} · lost {_results.Sum(r => r.Verdict.Lost.Count)} · "
                + $"ghosts {_results.Sum(r => r.Verdict.Ghosts.Count)} · effects twice {_results.Sum(r => r.Verdict.Twice.Count)} · "
                + $"out of order {_results.Sum(r => r.Verdict.OutOfOrder.Count)}"
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
    }

    private async Task<SeedResult> RunOneAsync(int seed, CancellationToken stop)
    {
        var scenario = options.OnSqlite ? Scenario.OfSqlite(seed, options.Trouble) : Scenario.OfServers(seed, options.Trouble);
        if (!options.OnSqlite)
            await StartServersAsync(stop);
        var world = await World.CreateAsync(scenario, _postgres, _rabbit, Path.Combine(options.Folder, $"seed{seed}"));
        using var run = new SeedRun(scenario, world);
        SeedResult result;
        try
        {
            result = await run.RunAsync(stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            result = new(scenario, new(), [$"the run itself failed: {e}"], [], default, default);
        }
        if (result.IsGood && !options.Keeps)
            await world.RemoveAsync();
        return result;
    }

    private async Task StartServersAsync(CancellationToken stop)
    {
        if (_postgres is not null)
            return;
        (_postgres, _rabbit) = (new(), new());
        await Task.WhenAll(_postgres.StartAsync(stop), _rabbit.StartAsync(stop));
    }

    private void Tell(SeedResult result)
    {
        var scenario = result.Scenario;
        var faults = scenario.Faults.GroupBy(f => f.Kind).Select(g => g.Count() > 1 ? $"{g.Key}×{g.Count()}" : $"{g.Key}");
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_results.Count, 3}/{options.Seeds} seed {scenario.Seed, -5} {scenario.Nodes.Count} processes"
                    + $"{(scenario.IsEmbedded ? "" : scenario.SharesTables ? ", shared tables" : ", own tables")} · {string.Join(' ', faults.Concat(result.Crashes))} · "
                    + $"committed {result.Verdict.Committed} · settled in {result.SettledIn.TotalSeconds:0.0} s · {result.Took.TotalSeconds:0} s · {(result.IsGood ? "good" : "FAULT")}"
            )
        );
        foreach (var fault in result.Verdict.Faults.Concat(result.Faults).Take(20))
            output.WriteLine($"      {fault}");
        if (!result.IsGood)
            output.WriteLine($"      replay: build/crash.sh {(options.OnSqlite ? "--sqlite " : "")}--first {scenario.Seed} --seeds 1 --keep; journals and logs: {options.Folder}/seed{scenario.Seed}");
        output.Flush();
    }

    private void Count(string what, IEnumerable<string> names) =>
        output.WriteLine($"{what}: {string.Join(", ", names.GroupBy(n => n).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"))}");
}
