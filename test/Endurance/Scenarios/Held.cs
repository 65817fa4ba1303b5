using System.Diagnostics;
using Dapper;

namespace Cap.Endurance;

/// <summary>
/// As much load as goes, while somebody keeps a transaction open, so that nothing can be vacuumed: throughput must last, and everything
/// must be as before when the transaction has ended.
/// </summary>
internal static class Held
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(Given given, Verdict verdict)
    {
        var minutes = (int)Math.Max(2, given.Minutes(10).TotalMinutes);
        await using var stage = await Stage.OpenAsync();
        var plan = stage.Plan("held");
        (plan.Publishes, plan.Subscribes, plan.Batch, plan.Writers, plan.Bytes, plan.Outstanding) = (true, true, 100, 4, 300, 20_000);
        plan.Keys = given.Has("keyed") ? (int)given.Number("keys", 1000) : 0;
        plan.KeepTime = TimeSpan.FromMinutes(1);
        await using var node = await NodeProcess.StartAsync("node", plan);
        var clock = Stopwatch.StartNew();
        await MinuteAsync("warm-up", WarmUp);
        var normal = await stage.TablesAsync();
        if (!given.Has("free"))
            Console.WriteLine("Somebody begins a transaction, and leaves it open.");
        await using var holder = await stage.ConnectAsync();
        if (!given.Has("free"))
            await holder.ExecuteAsync("begin isolation level repeatable read; select txid_current()");

        var rates = new List<double>();
        for (var minute = 1; minute <= minutes; minute++)
            rates.Add(await MinuteAsync($"minute {minute}", TimeSpan.FromMinutes(1)));
        var held = await stage.TablesAsync();
        if (given.Has("statements"))
            await PrintStatementsAsync(stage);
        if (!given.Has("free"))
            await holder.ExecuteAsync("rollback");

        Console.WriteLine("The transaction has ended; the load goes on.");
        var (freed, rate) = (held, 0.0);
        for (var half = 1; half <= 4; half++)
        {
            rate = await MinuteAsync($"after {half * 0.5:0.0} min", TimeSpan.FromMinutes(0.5));
            freed = await stage.TablesAsync();
        }
        Console.WriteLine("The load ends.");
        await node.RestAsync();
        await node.SaysAsync("PUBLISHED");
        // A slot goes when it is older than the keep time; what is left of the last one, an interval later.
        var quiet = await stage.TablesAsync();
        for (var left = 12; left > 0 && (quiet.LogMegabytes > normal.LogMegabytes / 2 || quiet.DeadRows > 10_000); left--)
        {
            await Task.Delay(TimeSpan.FromSeconds(15));
            quiet = await stage.TablesAsync();
        }
        Print("at rest", 0, quiet);
        Console.WriteLine();
        verdict.AtLeast("throughput, last minute / first minute", rates[^1] / rates[0], 0.8, "a held transaction must not stop the work");
        verdict.AtLeast("throughput afterwards / first minute", rate / rates[0], 0.8, "nothing stays of it");
        verdict.AtMost("dead due rows afterwards", quiet.DeadRows, 10_000, "vacuum has caught up");
        verdict.AtMost("MB of the due tables, after / during", (freed.DueMegabytes + freed.DueIndexMegabytes) / (held.DueMegabytes + held.DueIndexMegabytes), 1.1, "space is used again; it is not given back");
        verdict.AtMost("MB of the logs at rest", quiet.LogMegabytes, Math.Max(5, held.LogMegabytes / 2), "the ring is emptied");

        async Task<double> MinuteAsync(string name, TimeSpan time)
        {
            var (began, before) = (clock.Elapsed, await node.SampleAsync());
            await Task.Delay(time);
            var after = await node.SampleAsync();
            var rate = (after.Handled - before.Handled) / (clock.Elapsed - began).TotalSeconds;
            Print(name, rate, await stage.TablesAsync());
            return rate;
        }
    }

    private static void Print(string name, double rate, TableSample tables) =>
        Console.WriteLine(
            $"{name,-12} {rate,7:0}/s   dead due rows {tables.DeadRows,9:0}   MB due {tables.DueMegabytes,6:0.0} indexes {tables.DueIndexMegabytes,6:0.0} log {tables.LogMegabytes,6:0} seen {tables.SeenMegabytes,5:0}");

    /// <summary>Where the due tables were read most, for whoever looks for the reason.</summary>
    private static async Task PrintStatementsAsync(Stage stage)
    {
        await using var connection = await stage.ConnectAsync();
        var rows = await connection.QueryAsync<string>(
            """
            select format('%-28s scans %s entries %s rows %s blocks %s', indexrelname, idx_scan, idx_tup_read, idx_tup_fetch, idx_blks_hit)
            from pg_stat_user_indexes join pg_statio_user_indexes using (indexrelid, indexrelname) where indexrelname like '%due%' order by idx_tup_read desc
            """);
        foreach (var row in rows)
            Console.WriteLine($"  {row}");
    }
}
