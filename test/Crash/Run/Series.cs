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
            var seed = options.FirstSeed + i;
            var scenario = options.OnSqlite ? Scenario.OfSqlite(seed, options.Trouble) : Scenario.OfServers(seed, options.Trouble);
            await RunAsync(options.Bundles ? scenario with { MaxBundle = 100 } : scenario, stop);
        }
        return _results;
    }

    /// <summary>Runs one scenario.</summary>
    public async Task<SeedResult> RunAsync(Scenario scenario, CancellationToken stop)
    {
        var result = await RunOneAsync(scenario, stop);
        _results.Add(result);
        Tell(result);
        return result;
    }

    /// <inheritdoc cref="Sum(IReadOnlyList{SeedResult}, TextWriter)"/>
    public void Sum() => Sum(_results, output);

    /// <summary>The figures, and as the last line the sum.</summary>
    public static void Sum(IReadOnlyList<SeedResult> results, TextWriter output)
    {
        if (results.Count == 0)
            return;
        Count(output, "faults", results.SelectMany(r => r.Scenario.Faults.Select(f => f.Kind.ToString())));
        Count(output, "crash points", results.SelectMany(r => r.Crashes));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"settled {results.Average(r => r.SettledIn.TotalSeconds):0.0} s after the trouble on average, {results.Max(r => r.SettledIn.TotalSeconds):0.0} s at most · "
                    + $"plain handlers ran again {results.Sum(r => r.Verdict.Again)} times · worked at once {results.Sum(r => r.Verdict.AtOnce.Count)} · "
                    + $"other faults {results.Sum(r => r.Faults.Count)}"
            )
        );
        output.WriteLine(
            $"seeds {results.Count} · committed {results.Sum(r => r.Verdict.Committed)} · lost {results.Sum(r => r.Verdict.Lost.Count)} · "
                + $"ghosts {results.Sum(r => r.Verdict.Ghosts.Count)} · effects twice {results.Sum(r => r.Verdict.Twice.Count)} · "
                + $"out of order {results.Sum(r => r.Verdict.OutOfOrder.Count)}"
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
    }

    private async Task<SeedResult> RunOneAsync(Scenario scenario, CancellationToken stop)
    {
        if (!scenario.IsEmbedded)
            await StartServersAsync(stop);
        var world = scenario.IsEmbedded
            ? await World.CreateAsync(scenario, null, null, FolderOf(scenario))
            : await World.CreateAsync(scenario, _postgres, _rabbit, FolderOf(scenario));
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

    private string FolderOf(Scenario scenario) => Path.Combine(options.Folder, $"seed{scenario.Seed}");

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
                $"{_results.Count,3}{(options.Seeds == int.MaxValue ? "" : $"/{options.Seeds}")} seed {scenario.Seed,-5} {scenario.Nodes.Count} processes"
                    + $"{(scenario.IsEmbedded ? "" : scenario.SharesTables ? ", shared tables" : ", own tables")} · {string.Join(' ', faults.Concat(result.Crashes))} · "
                    + $"committed {result.Verdict.Committed} · settled in {result.SettledIn.TotalSeconds:0.0} s · {result.Took.TotalSeconds:0} s · {(result.IsGood ? "good" : "FAULT")}"
            )
        );
        foreach (var fault in result.Verdict.Faults.Concat(result.Faults).Take(20))
            output.WriteLine($"      {fault}");
        if (result.Verdict is not { Committed: > 0, Keyed: > 0 })
            output.WriteLine("      nothing was committed, or nothing with a key: there is nothing to judge");
        if (!result.IsGood)
            output.WriteLine($"      replay: build/crash.sh {(scenario.IsEmbedded ? "--sqlite " : "")}{(scenario.MaxBundle > 1 ? "--bundles " : "")}--first {scenario.Seed} --seeds 1 --keep; journals and logs: {FolderOf(scenario)}");
        output.Flush();
    }

    private static void Count(TextWriter output, string what, IEnumerable<string> names) =>
        output.WriteLine($"{what}: {string.Join(", ", names.GroupBy(n => n).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"))}");
}
