using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard.Tests;

public sealed class BacklogTrendTests
{
    private static readonly Lane Group = new(MessageType.Subscribe, "billing.v1");
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private readonly BacklogTrend _trend = new();

    [Fact]
    public void A_backlog_that_grows_is_told_with_what_it_was()
    {
        Assert.Empty(Note(0, 50));
        Assert.Empty(Note(30, 400));
        var (now, before, since) = Assert.Single(Note(90, 900));
        Assert.Equal((900, 50, TimeSpan.FromSeconds(90)), (now.Due, before, since));
    }

    [Theory]
    [InlineData(900, 950)] // less than a fifth more
    [InlineData(5, 80)] // a handful
    [InlineData(900, 100)]
    public void What_hardly_grows_is_not_told(long before, long now)
    {
        Note(0, before);
        Assert.Empty(Note(120, now));
    }

    [Fact]
    public void A_backlog_that_is_worked_off_is_not_told()
    {
        Note(0, 0);
        Note(60, 10_000);
        Assert.NotEmpty(Note(120, 20_000));
        Assert.Empty(Note(240, 5_000));
    }

    [Fact]
    public void What_was_long_ago_does_not_matter()
    {
        Note(0, 0);
        Note(660, 5_000);
        Assert.Empty(Note(730, 5_010));
    }

    private IReadOnlyList<(Backlog Now, long Before, TimeSpan Since)> Note(int second, long due) =>
        _trend.Note([new(Group, due, false, null)], Start + TimeSpan.FromSeconds(second));
}
