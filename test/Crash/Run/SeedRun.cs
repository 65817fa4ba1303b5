using System.Diagnostics;
using Cap.Crash.History;
using Cap.Crash.Node;

namespace Cap.Crash.Run;

/// <summary>Runs one scenario: starts its processes, makes trouble, waits until all is quiet again, stops, and judges.</summary>
internal sealed class SeedRun(Scenario scenario, World world) : IDisposable
{
    /// <summary>How long everything may take to settle once the trouble is over, on a slow machine.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(90);

    private static readonly string[] Plain = [Handlers.Plain];
    private static readonly string[] Exact = [Handlers.Exact, Handlers.Derived];

    private readonly List<NodeSlot> _slots = [];
    private readonly SemaphoreSlim _servers = new(1);
    private readonly List<string> _notes = [];

    public async Task<SeedResult> RunAsync(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await StartAsync();
            await TroubleAsync(stop);
            await Task.WhenAll(_slots.Select(s => s.CalmAsync())).WaitAsync(SettleTime, stop);
            var settled = watch.Elapsed;
            var isQuiet = await SettleAsync(stop);
            settled = watch.Elapsed - settled;
            await Task.WhenAll(_slots.Select(s => s.EndAsync())).WaitAsync(SettleTime, stop);
            await JudgeTablesAsync(isQuiet);
            return new(scenario, await JudgeAsync(), [.. _slots.SelectMany(s => s.Faults), .. _notes], [.. _slots.SelectMany(s => s.Crashes)], watch.Elapsed, settled);
        }
        finally
        {
            foreach (var slot in _slots)
                await slot.DisposeAsync();
        }
    }

    public void Dispose() => _servers.Dispose();

    private async Task StartAsync()
    {
        // Whoever handles starts first, and the groups exist at the broker before anything is written: a message goes to the groups there are.
        for (var i = 0; i < scenario.Nodes.Count; i++)
            _slots.Add(new(i, scenario.Nodes[i], world));
        await Task.WhenAll(_slots.Where(s => !s.Writes).Select(s => s.StartAsync()));
        for (var watch = Stopwatch.StartNew(); !scenario.IsEmbedded && !_slots.Exists(s => s.HasGroups(Plain.Length + Exact.Length)); await Task.Delay(50))
        {
            if (watch.Elapsed > SettleTime)
                throw new TimeoutException("The groups do not come to be at the broker.");
        }
        // Before anything is written, too: on a machine that is busy with it, this takes minutes.
        if (scenario.Faults.Any(f => f.Kind == FaultKind.CrashBroker))
            await world.Rabbit!.SettleAsync();
        await Task.WhenAll(_slots.Where(s => s.Writes).Select(s => s.StartAsync()));
        await Task.WhenAll(_slots.Select(s => s.IsReadyAsync())).WaitAsync(SettleTime);
    }

    private async Task TroubleAsync(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var under = new List<Task>();
        foreach (var fault in scenario.Faults)
        {
            if (fault.At > watch.Elapsed)
                await Task.Delay(fault.At - watch.Elapsed, stop);
            under.Add(MakeAsync(fault));
        }
        if (scenario.Trouble > watch.Elapsed)
            await Task.Delay(scenario.Trouble - watch.Elapsed, stop);
        await Task.WhenAll(under);
    }

    private async Task MakeAsync(Fault fault)
    {
        if (fault.Kind is not (FaultKind.CrashDatabase or FaultKind.CrashBroker))
        {
            await _slots[fault.Node].BreakAsync(fault);
            return;
        }
        // A server that is starting cannot be crashed.
        await _servers.WaitAsync();
        try
        {
            if (fault.Kind == FaultKind.CrashDatabase)
            {
                await world.Postgres!.CrashAsync();
                await Task.Delay(fault.Length);
                await world.Postgres.StartAsync();
            }
            else
            {
                await world.Rabbit!.CrashAsync();
                await Task.Delay(fault.Length);
                await world.Rabbit.StartAsync();
            }
        }
        finally
        {
            _servers.Release();
        }
    }

    /// <summary>Waits until every row is settled and every effect is there. False when that takes too long.</summary>
    private async Task<bool> SettleAsync(CancellationToken stop)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < SettleTime; await Task.Delay(200, stop))
        {
            if (await world.Books.MissingEffectsAsync(Exact.Length) <= 0 && await world.UnsettledAsync() is (0, _) && (await JudgeAsync()).Lost.Count == 0)
                return true;
        }
        return false;
    }

    private async Task JudgeTablesAsync(bool isQuiet)
    {
        var (open, givenUp) = await world.UnsettledAsync();
        if (!isQuiet)
            _notes.Add($"not settled within {SettleTime.TotalSeconds} s of the trouble's end");
        if (open > 0)
            _notes.Add($"{open} rows are unsettled after the end, {givenUp} of them given up");
    }

    private async Task<Verdict> JudgeAsync() =>
        Checker.Check(
            new()
            {
                Written = await world.Books.WrittenAsync(),
                Effects = await world.Books.EffectsAsync(),
                Events = world.Journal(),
                PlainGroups = Plain,
                ExactGroups = Exact,
                LeaseTime = NodeProgram.LeaseTime,
            }
        );
}
