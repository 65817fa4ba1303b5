using System.Diagnostics;
using System.Text.Json;
using Cap.Servers;

namespace Cap.Benchmarks;

/// <summary>Runs a measuring process to its end.</summary>
internal static class MeasureProcess
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static async Task<Measured> RunAsync(MeasurePlan plan)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MeasureProcess).Assembly.Location, "measure", .. ProcessArguments.Of(plan)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Longest);
        try
        {
            var (said, wrong) = (process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
            await process.WaitForExitAsync(late.Token);
            var lines = (await said).Split('\n');
            foreach (var line in lines.Where(l => l.Length > 0 && !l.StartsWith(MeasureProgram.Result, StringComparison.Ordinal)))
                await Console.Error.WriteLineAsync($"  [{plan.Side}] {line}");
            var result = lines.LastOrDefault(l => l.StartsWith(MeasureProgram.Result, StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"{plan.Scenario} of {plan.Side} ended with {process.ExitCode} and without a result:\n{await wrong}");
            return JsonSerializer.Deserialize<Measured>(result[MeasureProgram.Result.Length..])!;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
