using System.Globalization;
using System.Text.Json;

namespace Cap.Benchmarks;

/// <summary>What was measured, for people and for programs.</summary>
internal static class Report
{
    public static IEnumerable<string> Table(IReadOnlyList<Comparison> runs)
    {
        yield return "| scenario | Cap/s | beside it | its/s | ratio | CPU µs per message | bytes allocated | SQL statements | AMQP frames out, in | MB resident |";
        yield return "|---|---|---|---|---|---|---|---|---|---|";
        foreach (var run in runs)
        {
            string[] cells =
            [
                run.Scenario.Name,
                Pair(run, m => m.PerSecond, "#,0", withOther: false),
                run.Other?.Name ?? "",
                run.Other is { } other ? Number(run.Middle(other.Name, m => m.PerSecond), "#,0") : "",
                Number(run.Ratio, "0.00"),
                Pair(run, m => m.CpuSeconds * 1e6, "#,0"),
                Pair(run, m => m.Bytes, "#,0"),
                Counted(run, m => m.Statements),
                Counted(run, m => m.FramesOut) is { Length: > 0 } sent ? $"{sent}, {Counted(run, m => m.FramesIn)}" : "",
                Pair(run, m => m.Megabytes, "#,0"),
            ];
            yield return $"| {string.Join(" | ", cells)} |";
        }
        yield return "";
        yield return "Two figures are Cap's and, in brackets, those of what is beside it.";
        yield return "";
        yield return "| scenario | what | measured | target | |";
        yield return "|---|---|---|---|---|";
        foreach (var run in runs)
        {
            foreach (var goal in run.Scenario.Goals)
                yield return LineOf(run, goal);
        }
    }

    public static IEnumerable<string> Json(IReadOnlyList<Comparison> runs)
    {
        foreach (var run in runs)
        {
            var (cap, counts) = (run.Scenario.Entries[0], run.Counts(run.Scenario.Entries[0]));
            var line = new Dictionary<string, object?>
            {
                ["scenario"] = run.Scenario.Name,
                ["ratio"] = Rounded(run.Ratio, 3),
                ["per_second"] = Rounded(run.Middle(cap.Name, m => m.PerSecond), 0),
                ["met"] = run.IsMet,
                ["goals"] = run.Scenario.Goals.Select(g => new { what = g.What, measured = Rounded(g.Of(run), 3), limit = g.Limit, is_most = g.IsMost, met = g.IsMet(run) }),
                ["beside"] = run.Other?.Name,
                ["beside_per_second"] = run.Other is { } other ? Rounded(run.Middle(other.Name, m => m.PerSecond), 0) : null,
                ["cpu_seconds"] = Rounded(run.Middle(cap.Name, m => m.CpuSeconds), 9),
                ["bytes"] = Rounded(run.Middle(cap.Name, m => m.Bytes), 0),
                ["statements"] = counts?.Statements,
                ["frames_out"] = counts?.FramesOut,
                ["frames_in"] = counts?.FramesIn,
                ["megabytes"] = Rounded(run.Middle(cap.Name, m => m.Megabytes), 0),
            };
            foreach (var entry in run.Scenario.Entries)
            {
                foreach (var figure in run.FiguresOf(entry))
                    line[entry == cap ? figure : $"{entry.Name.Replace(' ', '_')}_{figure}"] = Rounded(run.Middle(entry.Name, m => m.Figures[figure]), 3);
            }
            yield return JsonSerializer.Serialize(line);
        }
    }

    private static string LineOf(Comparison run, Goal goal)
    {
        var (measured, limit) = (goal.Of(run).ToString("#,0.00", CultureInfo.InvariantCulture), goal.Limit.ToString("#,0.##", CultureInfo.InvariantCulture));
        return $"| {run.Scenario.Name} | {goal.What} | {measured} | {(goal.IsMost ? "at most" : "at least")} {limit} | {(goal.IsMet(run) ? "PASS" : "SHORT")} |";
    }

    private static double? Rounded(double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : null;

    /// <summary>What does not apply to a scenario is left out.</summary>
    private static string Number(double value, string format) =>
        double.IsFinite(value) && value != 0 ? value.ToString(format, CultureInfo.InvariantCulture) : "";

    private static string Pair(Comparison run, Func<Measured, double> what, string format, bool withOther = true)
    {
        var cap = Number(run.Middle(run.Scenario.Entries[0].Name, what), format);
        return withOther && run.Other is { } other ? $"{cap} ({Number(run.Middle(other.Name, what), format)})" : cap;
    }

    private static string Counted(Comparison run, Func<Measured, double?> what)
    {
        string Of(Entry entry) => run.Counts(entry) is { } counts ? Number(what(counts) ?? double.NaN, "0.00") : "";
        var cap = Of(run.Scenario.Entries[0]);
        return cap.Length > 0 && run.Other is { } other ? $"{cap} ({Of(other)})" : cap;
    }
}
