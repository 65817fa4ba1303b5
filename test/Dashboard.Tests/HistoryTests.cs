using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard.Tests;

public sealed class HistoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 3, 7, 30, TimeSpan.Zero);
    private static readonly Lane Outbox = new(MessageType.Publish, "v1");
    private static readonly Lane Group = new(MessageType.Subscribe, "billing.v1");

    [Fact]
    public void A_series_ends_with_the_step_that_is_going_on()
    {
        var series = Series.Of([Counted(Group, 0, 1), Counted(Group, 59, 2), Counted(Group, 60, 4)], Now, TimeSpan.FromMinutes(1), 60);
        Assert.Equal((60, 1, 2, 3), (series.Succeeded.Count, series.Succeeded[^1], series.Succeeded[0], series.Succeeded.Sum()));
    }

    [Fact]
    public void Of_a_type_there_is_what_was_counted_in_its_lanes()
    {
        var history = new History([Counted(Outbox, 0, 1), Counted(Group, 0, 2)], [Counted(Group, 0, 4)]).Of(MessageType.Publish);
        Assert.Equal(1, Assert.Single(history.Hour).Succeeded);
        Assert.Empty(history.Day);
    }

    [Theory]
    [InlineData(0, false, "0")]
    [InlineData(12_345, false, "12,345")]
    [InlineData(0, true, "0+")]
    [InlineData(12_345, true, "12,345+")]
    public void A_number_that_may_be_too_low_has_a_plus(long number, bool isAtLeast, string shown) => Assert.Equal(shown, Show.Count(number, isAtLeast));

    private static LaneStatistics Counted(Lane lane, int minutesAgo, long succeeded) =>
        new(lane, new DateTimeOffset(2026, 11, 22, 3, 7, 0, TimeSpan.Zero).AddMinutes(-minutesAgo), succeeded, 0, 0, [], []);
}
