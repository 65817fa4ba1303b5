using System.Diagnostics;

namespace Cap.Benchmarks;

/// <summary>
/// Several processes share the tables and the queue. Each writes as many messages as the others; the broker feeds one of them, and the
/// handlers run on all. They start one after the other and begin when the leases are shared, all warm up, then all measure together.
/// </summary>
internal sealed class NodesRun(BenchServers servers, MeasurePlan plan, int nodes)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Stopwatch _clock = new();

    public async Task<Measured> RunAsync()
    {
        using var failed = new CancellationTokenSource();
        var meetings = new Dictionary<string, Meeting>
        {
            [Ask.Started] = new(nodes, SharedAsync),
            [Ask.Ready] = new(nodes, BeginAsync),
            [Ask.Written] = new(nodes, SettledAsync),
        };
        var running = new List<Task<Measured>>();
        while (running.Count < nodes)
        {
            var isUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            running.Add(RunAsync($"node {running.Count + 1}", ask =>
            {
                isUp.TrySetResult();
                return meetings[ask].ComeAsync();
            }));
            await await Task.WhenAny(isUp.Task, running[^1]);
        }
        var all = await Task.WhenAll(running);
        return Total(all);

        async Task<Measured> RunAsync(string name, Func<string, Task> answer)
        {
            try
            {
                return await MeasureProcess.RunAsync(name, plan, answer, failed.Token);
            }
            catch
            {
                // The others would wait for this one for ever.
                await failed.CancelAsync();
                throw;
            }
        }
    }

    private Measured Total(Measured[] all)
    {
        var handled = all.Select(m => m.Figures[Measure.Handled]).ToList();
        if (handled.Sum() < plan.Count * nodes)
            throw new InvalidOperationException($"Of {plan.Count * nodes} messages {handled.Sum()} were handled when all seemed settled.");
        var part = handled.Average();
        return new Measured
        {
            PerSecond = plan.Count * nodes / _clock.Elapsed.TotalSeconds,
            CpuSeconds = all.Average(m => m.CpuSeconds),
            Bytes = all.Average(m => m.Bytes),
            Megabytes = all.Sum(m => m.Megabytes),
        }.With((Measure.UnevenPercent, handled.Max(h => Math.Abs(h / part - 1)) * 100));
    }

    /// <summary>Every node has its part of the shards of both lanes.</summary>
    private Task SharedAsync() => UntilAsync(
        $"""
        select count(*) = 2 and bool_and(nodes = @nodes and most - least <= 1 and shards = 16) from (
          select "Lane", count(*) as nodes, max(shards) as most, min(shards) as least, sum(shards) as shards from (
            select "Lane", "Node", count(*) as shards from {plan.Name}.lease where "Node" is not null group by 1, 2) x
          group by "Lane") y
        """,
        new { nodes },
        TimeSpan.FromMilliseconds(100));

    private async Task BeginAsync()
    {
        await servers.ExecuteAsync("checkpoint");
        _clock.Start();
    }

    private async Task SettledAsync()
    {
        // Row ids of the inbox grow by one: as many were stored as were written, and nothing is due any more. Asked of the log, since the sequence
        // is ahead of what is committed. One node stores for all, batch after batch.
        var stored = (long)nodes * (plan.WarmUp + (_clock.IsRunning ? plan.Count : 0));
        await UntilAsync(
            $"""
            select (select max("Id") from {plan.Name}.received_log) >= @stored
              and not exists (select from {plan.Name}.published_due) and not exists (select from {plan.Name}.received_due)
            """,
            new { stored },
            TimeSpan.FromMilliseconds(2));
        _clock.Stop();
    }

    private async Task UntilAsync(string sql, object parameters, TimeSpan pause)
    {
        for (var clock = Stopwatch.StartNew(); !await servers.ReadAsync<bool>(sql, parameters); await Task.Delay(pause))
        {
            if (clock.Elapsed > Patience)
                throw new TimeoutException($"{nodes} nodes did not come so far: {sql}");
        }
    }
}
