using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

public sealed class ConfirmsTests
{
    private readonly Confirms _confirms = new("exchange", TimeProvider.System);
    private readonly SendBatch _batch = new(5);

    public ConfirmsTests()
    {
        for (var i = 0; i < 5; i++)
            Assert.True(_confirms.TryExpect(new(_batch, [i], i % 2 == 0 ? "even" : "odd", "id")));
    }

    [Fact]
    public void One_and_all_up_to_one()
    {
        _confirms.Acked(2, multiple: false);
        Assert.Equal([0, 2, 3, 4], _batch.Open());
        _confirms.Acked(3, multiple: true);
        Assert.Equal([3, 4], _batch.Open());
        _confirms.Nacked(5, multiple: true);

        Assert.True(_batch.Done.IsCompletedSuccessfully);
        Assert.Equal(
            [SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Refused, SendOutcome.Refused],
            _batch.Finish(null).Select(result => result.Outcome));
    }

    [Fact]
    public void A_return_is_for_the_next_of_that_name()
    {
        _confirms.Returned("odd", "id", "NO_ROUTE");
        _confirms.Returned("even", "id", "NO_ROUTE");
        _confirms.Returned("even", "other", "NO_ROUTE");
        _confirms.Acked(5, multiple: true);

        Assert.Equal([1, 2], Enumerable.Range(0, 5).Where(i => _batch.Finish(null)[i].Outcome == SendOutcome.Refused));
    }

    [Fact]
    public void What_was_not_published_is_not_counted()
    {
        _confirms.TakeBack();
        var other = new SendBatch(1);
        _confirms.TryExpect(new(other, [0], "x", null));
        _confirms.Acked(5, multiple: true);

        Assert.Equal([4], _batch.Open());
        Assert.Equal(SendOutcome.Confirmed, other.Finish(null)[0].Outcome);
    }

    [Fact]
    public void A_closed_channel_leaves_orphans()
    {
        _confirms.Acked(1, multiple: false);
        _confirms.Close();
        _confirms.Acked(2, multiple: false);

        Assert.True(_batch.Done.IsCompletedSuccessfully);
        Assert.Equal([1, 2, 3, 4], _batch.Open());
        var late = new SendBatch(1);
        Assert.False(_confirms.TryExpect(new(late, [0], "x", null)));
        Assert.Equal([0], late.Open());
        Assert.Equal(SendOutcome.Unavailable, late.Finish(null)[0].Outcome);
    }

    [Fact]
    public void A_number_the_broker_made_up_harms_nobody()
    {
        _confirms.Acked(99, multiple: false);
        _confirms.Acked(99, multiple: true);

        Assert.Empty(_batch.Open());
    }
}
