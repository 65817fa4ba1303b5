using Cap.Storage;
using Cap.Working;

namespace Cap.Core.Tests.Working;

public class InFlightTests
{
    private static readonly Dictionary<int, int> Terms = [];

    [Fact]
    public void A_row_is_admitted_once()
    {
        var inFlight = new InFlight(10, 1000, 16);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1), 1, new()));
        Assert.Equal(Admission.Known, inFlight.Admit(Row(1), 1, new()));
    }

    [Fact]
    public void Rows_of_one_key_come_one_after_the_other()
    {
        var inFlight = new InFlight(10, 1000, 16);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1, key: 7), 1, new()));
        Assert.Equal(Admission.Wait, inFlight.Admit(Row(2, key: 7), 1, new()));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(3, key: 8), 1, new()));
        Assert.Equal(2, inFlight.Remove(Row(1, key: 7), out _)?.Id);
        Assert.Null(inFlight.Remove(Row(2, key: 7), out _));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(4, key: 7), 1, new()));
    }

    [Fact]
    public void A_failed_row_takes_its_followers_along()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1, key: 7), 1, new());
        inFlight.Admit(Row(2, key: 7), 1, new());
        inFlight.Admit(Row(3), 1, new());
        inFlight.Drop(Row(1, key: 7));
        Assert.Equal([3], inFlight.Ids);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1, key: 7), 1, new()));
    }

    [Fact]
    public void A_row_that_left_during_a_fetch_is_not_taken_from_it()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1), 1, new());
        var left = inFlight.Watch(Terms);
        inFlight.Remove(Row(1), out _);
        Assert.Equal(Admission.Known, inFlight.Admit(Row(1), 1, left));
        inFlight.Unwatch(left);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1), 1, new()));
    }

    /// <summary>The fetch read the later row before the earlier one failed: starting it would turn the order round.</summary>
    [Fact]
    public void A_row_that_was_read_before_an_earlier_one_of_its_key_failed_is_not_started()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1, key: 7), 1, new());
        var watch = inFlight.Watch(Terms);
        inFlight.Drop(Row(1, key: 7));
        Assert.Equal(Admission.Later, inFlight.Admit(Row(2, key: 7), 1, watch));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(3, key: 8), 1, watch));
        inFlight.Unwatch(watch);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1, key: 7), 1, inFlight.Watch(Terms)));
    }

    [Fact]
    public void A_slow_key_does_not_fill_the_worker()
    {
        var inFlight = new InFlight(160, 1000, 16);
        for (var id = 1; id <= 11; id++)
            Assert.True(inFlight.Admit(Row(id, key: 7), 1, new()) is Admission.Start or Admission.Wait);
        Assert.Equal(Admission.KeyIsFull, inFlight.Admit(Row(12, key: 7), 1, new()));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(13, key: 8), 1, new()));
        Assert.Equal([7], inFlight.PassOver());
        // Half of them done: there is room for what was turned away.
        var told = Enumerable.Range(1, 10).Count(id => { inFlight.Remove(Row(id, key: 7), out var more); return more; });
        Assert.Equal(1, told);
        Assert.Empty(inFlight.PassOver());
    }

    [Fact]
    public void Slow_keys_together_do_not_fill_the_worker()
    {
        var inFlight = new InFlight(160, 1000, 16);
        for (var id = 1; id <= 600; id++)
            inFlight.Admit(Row(id, key: id % 20), 1, new());
        Assert.True(inFlight.HasRoom);
        Assert.Equal(20, inFlight.PassOver().Count);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(601), 1, new()));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(602, key: 99), 1, new()));
        Assert.Equal(Admission.KeyIsFull, inFlight.Admit(Row(603, key: 99), 1, new()));
        // Nothing of it waits here, but the table may have more.
        Assert.Null(inFlight.Remove(Row(602, key: 99), out var more));
        Assert.True(more);
    }

    [Fact]
    public void Large_rows_behind_a_slow_key_do_not_take_all_the_bytes()
    {
        var inFlight = new InFlight(160, 1000, 16);
        for (var id = 1; id <= 10; id++)
            inFlight.Admit(Row(id, key: 7, bytes: 200), 1, new());
        Assert.Equal([1, 2], inFlight.Ids.Order());
        Assert.Equal([7], inFlight.PassOver());
        Assert.True(inFlight.HasRoom);
        inFlight.Remove(Row(1, key: 7, bytes: 200), out _);
        inFlight.Drop(Row(2, key: 7, bytes: 200));
        Assert.Equal((0, 1000), (inFlight.Count, inFlight.ByteRoom));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(11, key: 7), 1, new()));
        Assert.Equal(Admission.Wait, inFlight.Admit(Row(12, key: 7), 1, new()));
    }

    /// <summary>A fetch that passed over the key has not seen what came meanwhile.</summary>
    [Fact]
    public void A_key_that_was_passed_over_is_asked_for_again()
    {
        var inFlight = new InFlight(160, 1000, 16);
        for (var id = 1; id <= 11; id++)
            inFlight.Admit(Row(id, key: 7), 1, new());
        Assert.Equal([7], inFlight.PassOver());
        var told = Enumerable.Range(1, 11).Count(id => { inFlight.Remove(Row(id, key: 7), out var more); return more; });
        Assert.Equal(1, told);
    }

    [Fact]
    public void What_finds_no_room_has_to_be_fetched_again_with_everything_behind_it_in_its_key()
    {
        var inFlight = new InFlight(2, 1000, 16);
        Assert.Equal(Admission.Start, inFlight.Admit(Row(1, key: 7), 1, new()));
        Assert.Equal(Admission.Start, inFlight.Admit(Row(2), 1, new()));
        Assert.Equal(Admission.Later, inFlight.Admit(Row(3, key: 7), 1, new()));
        Assert.Equal(Admission.Later, inFlight.Admit(Row(4, key: 7), 1, new()));
        Assert.Equal(Admission.Known, inFlight.Admit(Row(1, key: 7), 1, new()));
        Assert.Null(inFlight.Remove(Row(1, key: 7), out _));
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        var inFlight = new InFlight(100, 100, 16);
        inFlight.Admit(Row(1, bytes: 90), 1, new());
        Assert.False(inFlight.HasRoom);
        // The last one may be larger than what is left; then no other is taken, however small.
        Assert.Equal(Admission.Start, inFlight.Admit(Row(2, bytes: 500), 1, new()));
        Assert.Equal(Admission.Later, inFlight.Admit(Row(3), 1, new()));
        inFlight.Remove(Row(2, bytes: 500), out _);
        inFlight.Remove(Row(1, bytes: 90), out _);
        Assert.True(inFlight.HasRoom);
    }

    [Fact]
    public void A_shard_is_busy_while_it_has_rows()
    {
        var inFlight = new InFlight(10, 1000, 16);
        inFlight.Admit(Row(1), 1, new());
        Assert.True(inFlight.IsBusy(0));
        Assert.False(inFlight.IsBusy(1));
        inFlight.Remove(Row(1), out _);
        Assert.False(inFlight.IsBusy(0));
    }

    private static DueMessage Row(long id, long? key = null, int bytes = 1) =>
        new() { Id = id, Shard = 0, KeyHash = key, MessageId = $"{id}", Name = "n", Content = new byte[bytes] };
}
