using Cap.Storage;
using Cap.Working;

namespace Cap.Core.Tests.Working;

public class InFlightTests
{
    [Fact]
    public void A_row_is_admitted_once()
    {
        var inFlight = new InFlight(10, 1000, 16);
        Assert.True(inFlight.Admit(Row(1), []));
        Assert.False(inFlight.Admit(Row(1), []));
    }

    [Fact]
    public void Rows_of_one_key_come_one_after_the_other()
    {
        var inFlight = new InFlight(10, 1000, 16);
        Assert.True(inFlight.Admit(Row(1, key: 7), []));
        Assert.False(inFlight.Admit(Row(2, key: 7), []));
        Assert.True(inFlight.Admit(Row(3, key: 8), []));
        Assert.Equal(2, inFlight.Remove(Row(1, key: 7))?.Id);
        Assert.Null(inFlight.Remove(Row(2, key: 7)));
        Assert.True(inFlight.Admit(Row(4, key: 7), []));
    }

    [Fact]
    public void A_failed_row_takes_its_followers_along()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1, key: 7), []);
        inFlight.Admit(Row(2, key: 7), []);
        inFlight.Admit(Row(3), []);
        inFlight.Drop(Row(1, key: 7));
        Assert.Equal([3], inFlight.Ids);
        Assert.True(inFlight.Admit(Row(1, key: 7), []));
    }

    [Fact]
    public void A_row_that_left_during_a_fetch_is_not_taken_from_it()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1), []);
        var left = inFlight.Watch();
        inFlight.Remove(Row(1));
        Assert.False(inFlight.Admit(Row(1), left));
        inFlight.Unwatch(left);
        Assert.True(inFlight.Admit(Row(1), []));
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        var inFlight = new InFlight(100, 100, 16);
        Assert.True(inFlight.Takes(Row(1, bytes: 90)));
        inFlight.Admit(Row(1, bytes: 90), []);
        Assert.False(inFlight.HasRoom);
        Assert.False(inFlight.Takes(Row(2, bytes: 20)));
        inFlight.Remove(Row(1, bytes: 90));
        Assert.True(inFlight.HasRoom);
    }

    [Fact]
    public void A_shard_is_busy_while_it_has_rows()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1), []);
        Assert.True(inFlight.IsBusy(0));
        Assert.False(inFlight.IsBusy(1));
        inFlight.Remove(Row(1));
        Assert.False(inFlight.IsBusy(0));
    }

    private static DueMessage Row(long id, long? key = null, int bytes = 1) =>
        new() { Id = id, Shard = 0, KeyHash = key, MessageId = $"{id}", Name = "n", Content = new byte[bytes] };
}
