using Cap.Crash.Run;
using Xunit.Abstractions;

namespace Cap.Crash;

/// <summary>A few short seeds of <c>build/crash.sh</c>, on servers of their own.</summary>
public class SeedTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public async Task Nothing_is_lost_nothing_twice_and_all_in_order(bool onSqlite, int seeds)
    {
        var told = new StringWriter();
        var options = new SeriesOptions
        {
            Seeds = seeds,
            FirstSeed = 11,
            Trouble = TimeSpan.FromSeconds(5),
            OnSqlite = onSqlite,
            Folder = Directory.CreateTempSubdirectory("cap-crash-").FullName,
        };
        await using var series = new Series(options, told);
        var results = await series.RunAsync(default);
        series.Sum();
        output.WriteLine(told.ToString());
        Assert.True(results.All(r => r.IsGood), told.ToString());
        // A history with nothing in it would pass every check.
        Assert.All(results, r => Assert.True(r.Verdict.Committed > 20, told.ToString()));
        Directory.Delete(options.Folder, recursive: true);
    }
}
