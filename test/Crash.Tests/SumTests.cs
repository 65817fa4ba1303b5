using Cap.Crash.History;
using Cap.Crash.Run;

namespace Cap.Crash;

/// <summary>The last line, which people and scripts read.</summary>
public class SumTests
{
    [Fact]
    public void The_last_line_is_the_sum()
    {
        var scenario = Scenario.OfServers(1, TimeSpan.FromSeconds(8));
        var good = new SeedResult(scenario, new() { Committed = 700, Keyed = 300 }, [], ["send.half"], TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1));
        var bad = good with { Verdict = new Verdict { Committed = 300, Lost = ["a", "b"], Ghosts = ["c"], Twice = ["d"], OutOfOrder = ["e"] } };
        var told = new StringWriter();
        Series.Sum([good, bad], told);
        Assert.EndsWith("seeds 2 · committed 1000 · lost 2 · ghosts 1 · effects twice 1 · out of order 1\n", told.ToString(), StringComparison.Ordinal);
        Assert.Contains("send.half 2", told.ToString(), StringComparison.Ordinal);
        Assert.True(good.IsGood);
        Assert.False(bad.IsGood);
        Assert.False((good with { Verdict = new Verdict() }).IsGood);
        Assert.False((good with { Faults = ["node0.1 did not end"] }).IsGood);
    }
}
