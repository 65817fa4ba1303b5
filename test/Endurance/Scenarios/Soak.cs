using System.Diagnostics;

namespace Cap.Endurance;

/// <summary>A publisher and two subscribers under a steady load, with short retention, so that the tables turn over many times: nothing may grow.</summary>
internal static class Soak
{
    private const string Throughput = "handled per second";

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    /// <summary>In less, a leak would be smaller than the collector's ups and downs.</summary>
    private static readonly TimeSpan LeastTime = TimeSpan.FromMinutes(30);

    public static async Task RunAsync(Given given, Verdict verdict)
    {
        var (time, rate) = (given.Minutes(30), given.Number("rate", 500));
        var isLong = time >= LeastTime;
        // Until then the ring of the logs fills, the pools fill, and the collector finds its sizes.
        var warmUp = time / 5;
        await using var stage = await Stage.OpenAsync();
        var sending = stage.Plan("sender");
        (sending.Publishes, sending.Rate, sending.Keys) = (true, rate, given.Has("keyed") ? 1000 : 0);
        var receiving = stage.Plan("receiver");
        receiving.Subscribes = true;
        await using var one = await NodeProcess.StartAsync("subscriber 1", receiving);
        await using var two = await NodeProcess.StartAsync("subscriber 2", receiving);
        await using var publisher = await NodeProcess.StartAsync("publisher", sending);
        NodeProcess[] nodes = [publisher, one, two];

        Console.WriteLine($"{rate}/s for {time}. MB and threads are those of publisher, subscriber 1 and 2.");
        var all = new SortedDictionary<string, Series>(StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        var (published, handled, before) = (0L, 0L, TimeSpan.Zero);
        while (clock.Elapsed < time)
        {
            await Task.Delay(Between);
            var samples = await Task.WhenAll(nodes.Select(n => n.SampleAsync()));
            var tables = await stage.TablesAsync();
            var broker = await stage.BrokerConnectionsAsync();
            var due = await stage.DueAsync("sender", "published") + await stage.DueAsync("receiver", "received");
            var at = clock.Elapsed;
            var (nowPublished, nowHandled) = (samples.Sum(s => s.Published), samples.Sum(s => s.Handled));
            var seconds = (at - before).TotalSeconds;
            var throughput = (nowHandled - handled) / seconds;
            for (var i = 0; i < nodes.Length; i++)
            {
                Note($"MB of {nodes[i].Name}", samples[i].Megabytes);
                Note($"threads of {nodes[i].Name}", samples[i].Threads);
            }
            Note("connections to PostgreSQL", tables.Connections);
            Note("connections to RabbitMQ", broker);
            Note("dead due rows", tables.DeadRows);
            Note("MB of the due tables and their indexes", tables.DueMegabytes + tables.DueIndexMegabytes);
            Note("MB of the logs", tables.LogMegabytes);
            Note("due rows", due);
            Note(Throughput, throughput);
            Console.WriteLine(
                $"{at:hh\\:mm\\:ss} in {(nowPublished - published) / seconds,6:0}/s out {throughput,6:0}/s due {due,6} | MB {Join(s => s.Megabytes)} heap {Join(s => s.HeapMegabytes)} | "
                    + $"threads {Join(s => s.Threads)} pool {Join(s => s.PoolThreads)} | connections {tables.Connections}+{broker} | dead {tables.DeadRows,6:0} "
                    + $"| MB due {tables.DueMegabytes:0.0}+{tables.DueIndexMegabytes:0.0} log {tables.LogMegabytes:0} seen {tables.SeenMegabytes:0}");
            (published, handled, before) = (nowPublished, nowHandled, at);

            string Join(Func<NodeSample, double> what) => string.Join('/', samples.Select(s => $"{what(s):0}"));
            void Note(string what, double value)
            {
                if (!all.TryGetValue(what, out var series))
                    all[what] = series = new(warmUp);
                series.Add(at, value);
            }
        }

        Console.WriteLine($"\n{"after the first fifth",-44} {"mean",12} {"per hour",12} {"over the run",12}");
        foreach (var (what, series) in all)
            Console.WriteLine($"{what,-44} {series.SteadyMean,12:0.0} {series.SlopePerHour,12:0.0} {series.SteadyGrowth,12:0.0}");
        Console.WriteLine();
        if (!isLong)
            Console.WriteLine($"Too short to judge growth: that takes {LeastTime.TotalMinutes} minutes at least.");
        foreach (var (what, series) in all.Where(a => isLong || a.Key == Throughput))
            Judge(verdict, what, series, rate);

        await publisher.RestAsync();
        await publisher.SaysAsync("PUBLISHED");
        var total = (await publisher.SampleAsync()).Published;
        var done = 0L;
        for (var left = 60; left > 0 && done < total; left--)
        {
            await Task.Delay(1000);
            done = (await one.SampleAsync()).Handled + (await two.SampleAsync()).Handled;
        }
        verdict.AtLeast("handled of what was published", done, total, "nothing is lost");
        verdict.AtMost("handled of what was published", done, total, "nothing is handled twice while all is healthy");
    }

    // A growth that is smaller than what comes and goes anyway is none: the slope of a short run says little.
    private static void Judge(Verdict verdict, string what, Series series, double rate)
    {
        if (what.StartsWith("MB of the logs", StringComparison.Ordinal))
            Growth(0, 0.3 * series.SteadyMean, "a slot is emptied at once, a sixth of the ring");
        else if (what.StartsWith("MB of the due", StringComparison.Ordinal))
            Growth(10, 10, "vacuum keeps them as they are");
        else if (what.StartsWith("MB", StringComparison.Ordinal))
            Growth(20, 15, $"24 bytes kept of each message would be {rate * 3600 * 24 / 1e6:0} an hour; the collector's own ups and downs are smaller");
        else if (what.StartsWith("threads", StringComparison.Ordinal) || what.StartsWith("connections", StringComparison.Ordinal))
            Growth(2, 4, "pools breathe, but do not grow");
        else if (what == "dead due rows")
            Growth(20_000, 20_000, "each table is vacuumed from 5,000 on");
        else if (what == "due rows")
            Growth(rate, rate, "work is done as it comes");
        else
            verdict.AtLeast($"{Throughput}, mean", series.SteadyMean, rate * 0.98, "as many as are published");

        void Growth(double perHour, double perRun, string why)
        {
            if (series.SteadyGrowth > perRun)
                verdict.AtMost($"{what}, growth per hour", series.SlopePerHour, perHour, why);
            else
                verdict.AtMost($"{what}, growth over the run", series.SteadyGrowth, perRun, why);
        }
    }
}
