using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>Some periods of as much load as goes, while a transaction that has a snapshot and an id stays open, so that nothing can be vacuumed.</summary>
internal static class HeldMeasure
{
    private const int Periods = 5;

    /// <summary>What may be unhandled: enough that no worker ever waits for the writers, and the same at the end as at the beginning.</summary>
    private const int Backlog = 20_000;

    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var (plan, side, load) = (experiment.Plan, experiment.Side, experiment.Load);
        await using var holder = new NpgsqlConnection(plan.Postgres);
        await holder.OpenAsync();
        await holder.ExecuteAsync("begin isolation level repeatable read; select txid_current()");

        using var meter = await Meter.StartAsync(plan);
        using var stop = new CancellationTokenSource();
        var before = side.HandledCount;
        var writing = load.WriteAsync(() => load.Written - side.HandledCount > Backlog, stop.Token);
        var rates = new List<double>();
        while (rates.Count < Periods)
        {
            var (began, handled) = (meter.Elapsed, side.HandledCount);
            await Task.WhenAny(writing, Task.Delay(plan.Period));
            rates.Add((side.HandledCount - handled) / (meter.Elapsed - began).TotalSeconds);
            if (writing.IsCompleted)
                await writing;
        }
        await stop.CancelAsync();
        await writing;
        await side.SettledAsync(load.Written);
        var measured = await meter.ReadAsync(side.HandledCount - before);
        await holder.ExecuteAsync("rollback");
        return measured.With((Measure.First, rates[0]), (Measure.Last, rates[^1]));
    }
}
