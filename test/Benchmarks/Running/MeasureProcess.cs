using System.Diagnostics;
using System.Text.Json;
using Cap.Servers;

namespace Cap.Benchmarks;

/// <summary>Runs a measuring process to its end, and does what it asks for.</summary>
internal static class MeasureProcess
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    public static async Task<Measured> RunAsync(string name, MeasurePlan plan, Func<string, Task> answer, CancellationToken stop = default)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MeasureProcess).Assembly.Location, "measure", .. ProcessArguments.Of(plan)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        using var process = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Longest);
        try
        {
            var wrong = process.StandardError.ReadToEndAsync(late.Token);
            Measured? result = null;
            while (await process.StandardOutput.ReadLineAsync(late.Token) is { } line)
            {
                if (line.StartsWith(Parent.Result, StringComparison.Ordinal))
                {
                    result = JsonSerializer.Deserialize<Measured>(line[Parent.Result.Length..]);
                }
                else if (line.StartsWith(Parent.Ask, StringComparison.Ordinal))
                {
                    await answer(line[Parent.Ask.Length..]).WaitAsync(late.Token);
                    await process.StandardInput.WriteLineAsync("done");
                    await process.StandardInput.FlushAsync(late.Token);
                }
                else
                {
                    await Console.Error.WriteLineAsync($"  [{name}] {line[..Math.Min(line.Length, 300)]}");
                }
            }
            await process.WaitForExitAsync(late.Token);
            return result ?? throw new InvalidOperationException($"The process of {name} ended with {process.ExitCode} and without a result:\n{await wrong}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
