using System.Text.Json;
using Cap.Crash.Node;
using Cap.Crash.Run;

namespace Cap.Crash;

/// <summary>What a seed decides.</summary>
public class ScenarioTests
{
    private static readonly JsonSerializerOptions WithTuples = new() { IncludeFields = true };
    private static readonly TimeSpan Trouble = TimeSpan.FromSeconds(8);

    [Fact]
    public void A_seed_always_decides_the_same()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            Assert.Equal(TextOf(Scenario.OfServers(seed, Trouble)), TextOf(Scenario.OfServers(seed, Trouble)));
            Assert.Equal(TextOf(Scenario.OfSqlite(seed, Trouble)), TextOf(Scenario.OfSqlite(seed, Trouble)));
        }
        Assert.NotEqual(TextOf(Scenario.OfServers(1, Trouble)), TextOf(Scenario.OfServers(2, Trouble)));
    }

    /// <summary>Numbers, because what differs from process to process would still be equal to itself in this one.</summary>
    [Fact]
    public async Task What_a_process_does_is_decided_by_the_seed_alone()
    {
        SQLitePCL.Batteries_V2.Init();
        var folder = Directory.CreateTempSubdirectory("cap-crash-").FullName;
        var scenario = Scenario.OfSqlite(7, Trouble);
        var world = await World.CreateAsync(scenario, null, null, folder);
        Assert.Equal([7_000_022, 7_000_023, 7_001_031], new[] { (0, 1), (0, 2), (1, 1) }.Select(x => world.Plan(x.Item1, x.Item2, scenario.Nodes[0]).Seed));
        await world.RemoveAsync();
    }

    [Fact]
    public void A_hundred_seeds_ask_for_every_crash_point_and_every_fault()
    {
        var scenarios = Enumerable.Range(1, 100).Select(seed => Scenario.OfServers(seed, Trouble)).ToList();
        var points = scenarios.SelectMany(s => s.Nodes).SelectMany(n => n.Crashes).Select(c => c?.Point);
        Assert.Empty(CrashPoints.OfMessages.Concat(CrashPoints.OfNodes).Except(points));
        Assert.Empty(Enum.GetValues<FaultKind>().Except(scenarios.SelectMany(s => s.Faults).Select(f => f.Kind)));
        Assert.Contains(scenarios, s => s.SharesTables);
        Assert.Contains(scenarios, s => !s.SharesTables);
    }

    private static string TextOf(Scenario scenario) => JsonSerializer.Serialize(scenario, WithTuples);
}
