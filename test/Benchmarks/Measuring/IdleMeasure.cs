using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>What a node costs that has nothing to do.</summary>
internal static class IdleMeasure
{
    /// <summary>For whoever wants fewer of them.</summary>
    private const string MostCalled = """
        select calls || ' times ' || left(regexp_replace(query, '\s+', ' ', 'g'), 200) from pg_stat_statements order by calls desc limit 12
        """;

    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var period = experiment.Plan.Period;
        // Compiling in the background, garbage and pools of the warm-up settle first: after 20 s they still cost more than all that is measured.
        await Task.Delay(period);
        await using var connection = new NpgsqlConnection(experiment.Plan.Postgres);
        await connection.ExecuteAsync("select pg_stat_statements_reset()");
        using var meter = await Meter.StartAsync(experiment.Plan);
        await Task.Delay(period);
        var seconds = meter.Elapsed.TotalSeconds;
        var measured = await meter.ReadAsync(1);
        foreach (var line in await connection.QueryAsync<string>(MostCalled))
            Console.WriteLine(line);
        // One statement is the meter's own.
        return new Measured { Megabytes = measured.Megabytes }.With(
            (Measure.CorePercent, measured.CpuSeconds / seconds * 100), (Measure.StatementsPerSecond, ((measured.Statements ?? double.NaN) - 1) / seconds));
    }
}
