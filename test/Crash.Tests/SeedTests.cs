using Cap.Crash.Run;
using Xunit.Abstractions;

namespace Cap.Crash;

/// <summary>A few short seeds of <c>build/crash.sh</c>, and scenarios with one kind of trouble.</summary>
public sealed class SeedTests(SharedSeries shared, ITestOutputHelper output) : IClassFixture<SharedSeries>
{
    private static readonly TimeSpan Trouble = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public Task Nothing_is_lost_nothing_twice_and_all_in_order(int seed) => RunAsync(Scenario.OfServers(seed, Trouble));

    [Fact]
    public Task Nothing_is_lost_nothing_twice_and_all_in_order_in_bundles() => RunAsync(Scenario.OfServers(24, Trouble) with { MaxBundle = 100 });

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    public Task Nothing_is_lost_nothing_twice_and_all_in_order_on_SQLite(int seed) => RunAsync(Scenario.OfSqlite(seed, Trouble));

    [Fact]
    public Task Paused_past_its_lease_and_killed_with_wrong_clocks_a_node_does_no_harm()
    {
        // Longer than the lease: what it held is done elsewhere when it wakes up.
        Fault[] faults =
        [
            new(TimeSpan.FromSeconds(0.5), FaultKind.Pause, 1, TimeSpan.FromSeconds(4)),
            new(TimeSpan.FromSeconds(4.5), FaultKind.Pause, 0, TimeSpan.FromSeconds(3)),
            new(TimeSpan.FromSeconds(5), FaultKind.Kill, 2, default),
        ];
        return RunAsync(new(0, false, true, [Node(writes: true, 7), Node(writes: false, -7), Node(writes: false, 0)], faults, Trouble));
    }

    private static NodeSpec Node(bool writes, int minutesWrong) => new(writes, !writes, TimeSpan.FromMinutes(minutesWrong), []);

    private async Task RunAsync(Scenario scenario)
    {
        var result = await shared.Series.RunAsync(scenario, default);
        var told = shared.Told();
        output.WriteLine(told);
        Assert.True(result.IsGood, told);
    }
}
