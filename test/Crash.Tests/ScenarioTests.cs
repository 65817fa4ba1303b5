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
