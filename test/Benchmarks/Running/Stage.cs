using Cap.Servers;

namespace Cap.Benchmarks;

/// <summary>Runs an entry of a scenario once, on tables of its own or on those that were filled for it.</summary>
internal sealed class Stage(BenchServers servers)
{
    private RetainedTables? _retained;

    public BenchServers Servers { get; } = servers;

    public async Task<Measured> RunAsync(Entry entry)
    {
        if (entry.Retained > 0)
            return await MeasureProcess.RunAsync(entry.Name, PlanOf(entry, await FilledAsync(entry)), AnswerAsync);

        var plan = PlanOf(entry, Names.Unique("bench"));
        try
        {
            return plan.Kind == MeasureKind.Node
                ? await new NodesRun(Servers, plan, entry.Nodes).RunAsync()
                : await MeasureProcess.RunAsync(entry.Name, plan, AnswerAsync);
        }
        finally
        {
            await Servers.CleanAsync(plan.Name);
        }
    }

    /// <summary>Removes the filled tables.</summary>
    public async Task ClearAsync()
    {
        if (_retained is null)
            return;
        await Servers.CleanAsync(_retained.Name);
        _retained = null;
    }

    private async Task<string> FilledAsync(Entry entry)
    {
        if (_retained is null)
        {
            _retained = new(Servers, Names.Unique("bench"));
            var first = PlanOf(entry, _retained.Name) with { Count = 100, WarmUp = 100 };
            await MeasureProcess.RunAsync(entry.Name, first, AnswerAsync);
        }
        // The first run after it is slow and not measured: the disk has to get over what was written.
        if (await _retained.FillAsync(entry.Retained))
            await MeasureProcess.RunAsync(entry.Name, PlanOf(entry, _retained.Name), AnswerAsync);
        return _retained.Name;
    }

    private MeasurePlan PlanOf(Entry entry, string name) => entry.Plan with
    {
        Postgres = Servers.Postgres.ConnectionString + ";Maximum Pool Size=40",
        RabbitMQ = Servers.Rabbit.ConnectionString,
        Name = name,
    };

    private Task AnswerAsync(string ask) => ask switch
    {
        Ask.BrokerAway => Servers.Rabbit.StopAsync(),
        Ask.BrokerBack => Servers.Rabbit.StartAsync(),
        _ => throw new InvalidOperationException($"A measuring process asks for '{ask}'."),
    };
}
