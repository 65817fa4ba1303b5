using System.Globalization;
using System.Text.Json;

namespace Cap.Benchmarks;

/// <summary>What was measured, for people and for programs.</summary>
internal static class Report
{
    public static IEnumerable<string> Table(IReadOnlyDictionary<Scenario, Comparison> runs)
    {
        yield return "| scenario | Cap/s | floor/s | ratio | target | CPU µs per message | bytes allocated | SQL statements | AMQP frames out / in | MB resident |";
        yield return "|---|---|---|---|---|---|---|---|---|---|";
        foreach (var (scenario, run) in runs)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {scenario.Name} | {run.Middle("cap", m => m.PerSecond):0} | {run.Middle("floor", m => m.PerSecond):0} | {run.Ratio:0.00} | {scenario.Target:0.00} | {Pair(run, m => m.CpuSeconds * 1e6, "0")} | {Pair(run, m => m.Bytes, "0")} | {Counted(run, m => m.Statements)} | {Counted(run, m => m.FramesOut)}, {Counted(run, m => m.FramesIn)} | {Pair(run, m => m.Megabytes, "0")} |");
        }
        yield return "";
        yield return "Two figures are Cap's and, in brackets, the floor's.";
    }

    public static IEnumerable<string> Json(IReadOnlyDictionary<Scenario, Comparison> runs)
    {
        foreach (var (scenario, run) in runs)
        {
            var line = new Dictionary<string, object?>
            {
                ["scenario"] = scenario.Name,
                ["ratio"] = Math.Round(run.Ratio, 3),
                ["per_second"] = Math.Round(run.Middle("cap", m => m.PerSecond)),
                ["floor_per_second"] = Math.Round(run.Middle("floor", m => m.PerSecond)),
                ["target"] = scenario.Target,
                ["cpu_seconds"] = run.Middle("cap", m => m.CpuSeconds),
                ["bytes"] = Math.Round(run.Middle("cap", m => m.Bytes)),
                ["statements"] = run.Counts("cap").Statements,
                ["frames_out"] = run.Counts("cap").FramesOut,
                ["frames_in"] = run.Counts("cap").FramesIn,
                ["megabytes"] = Math.Round(run.Middle("cap", m => m.Megabytes)),
            };
            yield return JsonSerializer.Serialize(line);
        }
    }

    private static string Pair(Comparison run, Func<Measured, double> what, string format) =>
        $"{run.Middle("cap", what).ToString(format, CultureInfo.InvariantCulture)} ({run.Middle("floor", what).ToString(format, CultureInfo.InvariantCulture)})";

    private static string Counted(Comparison run, Func<Measured, double?> what) =>
        string.Create(CultureInfo.InvariantCulture, $"{what(run.Counts("cap")):0.00} ({what(run.Counts("floor")):0.00})");
}
