using Cap.Crash.Run;
using Xunit.Abstractions;

namespace Cap.Crash;

/// <summary>A few short seeds of <c>build/crash.sh</c>, and scenarios with one kind of trouble each, on servers of their own.</summary>
public sealed class SeedTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Trouble = TimeSpan.FromSeconds(5);
    private readonly StringWriter _told = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("cap-crash-").FullName;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        output.WriteLine(_told.ToString());
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_lost_nothing_twice_and_all_in_order(bool onSqlite)
    {
        await using var series = Series(onSqlite);
        Check(await series.RunAsync(default));
        series.Sum();
        Assert.Contains("seeds 3 · committed", _told.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" · lost 0 · ghosts 0 · effects twice 0 · out of order 0\n", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paused_past_its_lease_and_killed_with_wrong_clocks_a_node_does_no_harm()
    {
        await using var series = Series(onSqlite: false);
        var (writer, handler) = (Node(writes: true, 7), Node(writes: false, -7));
        // Longer than the lease: what it held is done elsewhere when it wakes up.
        var paused = new Fault(TimeSpan.FromSeconds(0.5), FaultKind.Pause, 1, TimeSpan.FromSeconds(4));
        var paused2 = new Fault(TimeSpan.FromSeconds(5), FaultKind.Pause, 0, TimeSpan.FromSeconds(3));
        var killed = new Fault(TimeSpan.FromSeconds(5.5), FaultKind.Kill, 2, default);
        Check([await series.RunAsync(new(1, false, true, [writer, handler, Node(writes: false, 0)], [paused, paused2, killed], Trouble * 1.5), default)]);
    }

    private static NodeSpec Node(bool writes, int minutesWrong) => new(writes, !writes, TimeSpan.FromMinutes(minutesWrong), []);

    private Series Series(bool onSqlite) =>
        new(new() { Seeds = 3, FirstSeed = onSqlite ? 11 : 21, Trouble = Trouble, OnSqlite = onSqlite, Folder = _folder }, _told);

    private void Check(IReadOnlyList<SeedResult> results)
    {
        Assert.True(results.All(r => r.IsGood), _told.ToString());
        // A history with nothing in it would pass every check.
        Assert.All(results, r => Assert.True(r.Verdict.Committed > 20, _told.ToString()));
    }
}
