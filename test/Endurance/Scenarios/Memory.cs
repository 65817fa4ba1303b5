using System.Diagnostics;

namespace Cap.Endurance;

/// <summary>A large backlog, first in the outbox with the broker away, then in the inbox behind slow handlers: memory stays bounded.</summary>
internal static class Memory
{
    private const double Limit = 300;

    public static async Task RunAsync(Given given, Verdict verdict)
    {
        var rows = (long)given.Number("rows", 1_000_000);
        await using var stage = await Stage.OpenAsync();
        var receiving = stage.Plan("receiver");
        (receiving.Subscribes, receiving.HandlerTime) = (true, TimeSpan.FromMilliseconds(given.Number("handler", 20)));
        var sending = stage.Plan("sender");
        (sending.Publishes, sending.Count, sending.Batch, sending.Writers, sending.Bytes) = (true, rows, 500, 2, 900);
        foreach (var plan in new[] { receiving, sending })
            (plan.KeepTime, plan.CleaningInterval) = (TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        await using var subscriber = await NodeProcess.StartAsync("subscriber", receiving);
        await using var publisher = await NodeProcess.StartAsync("publisher", sending);
        // Both are connected, and the group's queue is there. Now the broker hangs, so that everything stays in the outbox.
        stage.Rabbit.Pause();

        await PhaseAsync("outbox fills, broker hangs", async () => (await publisher.SampleAsync()).Published >= rows);
        var still = Stopwatch.StartNew();
        await PhaseAsync("outbox waits, broker hangs", () => Task.FromResult(still.Elapsed > TimeSpan.FromSeconds(60)));
        stage.Rabbit.Resume();
        await PhaseAsync("outbox drains, inbox fills", async () => await stage.DueAsync("sender", "published") == 0);
        await PhaseAsync("broker drains, inbox fills", async () =>
            await stage.DueAsync("receiver", "received") + (await subscriber.SampleAsync()).Handled >= rows);
        Console.WriteLine($"{await stage.DueAsync("receiver", "received"):n0} rows in the inbox.");
        var slow = Stopwatch.StartNew();
        await PhaseAsync("slow handlers work the inbox", async () =>
            slow.Elapsed > given.Minutes(3) || await stage.DueAsync("receiver", "received") == 0);

        async Task PhaseAsync(string name, Func<Task<bool>> isOver)
        {
            var (clock, printed) = (Stopwatch.StartNew(), TimeSpan.FromSeconds(-10));
            var series = new Dictionary<string, Series> { ["publisher"] = new(TimeSpan.Zero), ["subscriber"] = new(TimeSpan.Zero) };
            bool over;
            do
            {
                await Task.Delay(1000);
                over = await isOver();
                foreach (var node in new[] { publisher, subscriber })
                    series[node.Name].Add(clock.Elapsed, (await node.SampleAsync()).Megabytes);
                if (over || clock.Elapsed - printed > TimeSpan.FromSeconds(10))
                {
                    printed = clock.Elapsed;
                    Console.WriteLine(
                        $"{name,-30} {clock.Elapsed:mm\\:ss} MB publisher {series["publisher"].Last:0} subscriber {series["subscriber"].Last:0}, "
                            + $"outbox {await stage.DueAsync("sender", "published"):n0} inbox {await stage.DueAsync("receiver", "received"):n0}");
                }
                if (clock.Elapsed > TimeSpan.FromMinutes(30))
                    throw new TimeoutException($"'{name}' has not ended in half an hour.");
            } while (!over);
            foreach (var (node, values) in series)
            {
                verdict.AtMost($"{name}: {node}, most MB", values.Max, Limit, "bounded, however many rows wait");
                // The second half of a phase is the same work as the first.
                if (clock.Elapsed > TimeSpan.FromSeconds(20))
                {
                    verdict.AtMost(
                        $"{name}: {node}, growth in MB",
                        values.MaxBetween(0.5, 1) - values.MaxBetween(0.2, 0.5),
                        Math.Max(25, 0.2 * values.Max),
                        "the collector's ups and downs");
                }
            }
        }
    }
}
