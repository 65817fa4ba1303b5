using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_row_holds_back_the_later_rows_of_its_key_only(bool givenUp)
    {
        var ids = await StoreAsync(
            Sample.Message("earlier", key: "a"),
            Sample.Message("failed", key: "a"),
            Sample.Message("blocked", key: "a"),
            Sample.Message("other key", key: "b"),
            Sample.Message("no key"),
            Sample.Message("blocked too", key: "a"));
        await FailAsync(ids[1], givenUp ? null : TimeSpan.FromHours(1));
        Assert.Equal(["earlier", "other key", "no key"], (await FetchAsync()).Select(m => m.Name));
    }

    [Fact]
    public async Task A_failed_row_that_is_due_again_comes_alone()
    {
        var ids = await StoreAsync(Sample.Messages(3, key: "a"));
        await FailAsync(ids[0], TimeSpan.Zero);
        var rows = await FetchUntilAsync(rows => rows.Count > 0);
        Assert.Equal(ids[0], Assert.Single(rows).Id);
        Assert.Equal(1, rows[0].Retries);

        // Also while this node is at work on it.
        Assert.Empty((await Storage.FetchAsync(Query() with { Except = [ids[0]] }, Stop)).Messages);
    }

    [Fact]
    public async Task A_row_that_never_failed_holds_back_nothing()
    {
        await PublishAsync(
            Sample.Message("delayed", key: "a") with { Delay = TimeSpan.FromHours(1) },
            Sample.Message("first", key: "a"),
            Sample.Message("second", key: "a"));
        Assert.Equal(["first", "second"], (await FetchAsync()).Select(m => m.Name));
    }

    [Fact]
    public async Task Keys_that_are_passed_over_hide_no_other_row_of_their_shard()
    {
        var passed = Sample.Messages(20, key: "a");
        var ids = await StoreAsync([.. passed, Sample.Message("b", key: "b"), .. Sample.Messages(20, key: "a"), Sample.Message("no key")]);
        var delayed = Sample.Message("delayed", key: "a") with { Delay = TimeSpan.FromMilliseconds(1) };
        await PublishAsync(delayed);
        await FetchUntilAsync(rows => rows.Any(row => row.Name == "delayed"));
        var batch = await Storage.FetchAsync(Query() with { LimitPerShard = 5, ExceptKeys = [passed[0].KeyHash!.Value] }, Stop);
        Assert.Equal([ids[20], ids[41]], batch.Messages.Select(row => row.Id));
        Assert.False(batch.HasMore);
    }

    [Fact]
    public async Task Rows_without_a_key_never_wait_for_each_other()
    {
        var ids = await StoreAsync(Sample.Messages(3));
        await FailAsync(ids[0], TimeSpan.FromHours(1));
        Assert.Equal(ids[1..], await FetchIdsAsync());
    }

    [Fact]
    public async Task Success_lets_the_next_rows_of_the_key_go()
    {
        var ids = await StoreAsync(Sample.Messages(3, key: "a"));
        await FailAsync(ids[0], TimeSpan.FromHours(1));
        Assert.Empty(await FetchAsync());
        await SucceedAsync(Sample.Outbox, ids[0]);
        Assert.Equal(ids[1..], await FetchIdsAsync());
    }

    [Fact]
    public async Task Success_in_a_transaction_lets_the_next_rows_go_when_it_commits()
    {
        var ids = await StoreAsync(Sample.Messages(2, key: "a"));
        await FailAsync(ids[0], TimeSpan.Zero);
        var row = (await FetchUntilAsync(rows => rows.Count > 0))[0];
        await using var transaction = await Storage.BeginAsync(null, System.Data.IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAsync(transaction, Sample.Outbox, row, Stop));
        Assert.Equal(ids[..1], await FetchIdsAsync());
        await transaction.CommitAsync(Stop);
        Assert.Equal(ids[1..], await FetchIdsAsync());
    }

    [Fact]
    public async Task Deleting_the_failed_row_lets_the_next_rows_of_the_key_go()
    {
        var ids = await StoreAsync(Sample.Messages(3, key: "a"));
        await FailAsync(ids[0], retryIn: null);
        await ActAsync(MessageActionKind.Delete, Sample.Outbox, ids[0]);
        Assert.Equal(ids[1..], await FetchIdsAsync());
    }

    [Fact]
    public async Task Two_failed_rows_of_a_key_are_both_waited_for()
    {
        var ids = await StoreAsync(Sample.Messages(3, key: "a"));
        await FailAsync(ids[0], TimeSpan.FromHours(1));
        await FailAsync(ids[1], TimeSpan.FromHours(1));
        await SucceedAsync(Sample.Outbox, ids[0]);
        Assert.Empty(await FetchAsync());
        await SucceedAsync(Sample.Outbox, ids[1]);
        Assert.Equal(ids[2..], await FetchIdsAsync());
    }

    [Fact]
    public async Task A_key_of_another_lane_is_another_key()
    {
        var other = Sample.Outbox with { Name = "v2" };
        var ids = await StoreAsync(Sample.Messages(2, key: "a"));
        await Storage.PublishAsync(new(other, Sample.Messages(2, key: "a"), null), Stop);
        await Storage.ReceiveAsync([Sample.Incoming(key: "a"), Sample.Incoming(key: "a")], Stop);
        await FailAsync(ids[0], TimeSpan.FromHours(1));

        Assert.Empty(await FetchAsync());
        Assert.Equal(2, (await FetchAsync(other)).Count);
        Assert.Equal(2, (await FetchAsync(Sample.Inbox)).Count);
    }

    [Fact]
    public async Task Held_back_rows_take_no_place_from_others()
    {
        var ids = await StoreAsync([Sample.Message(key: "a"), .. Sample.Messages(30, key: "a"), Sample.Message("free"), Sample.Message("free")]);
        await FailAsync(ids[0], TimeSpan.FromHours(1));
        var batch = await Storage.FetchAsync(Query() with { LimitPerShard = 2 }, Stop);
        Assert.Equal(["free", "free"], batch.Messages.Select(m => m.Name));
    }

    [Fact]
    public async Task A_rejected_message_holds_back_its_key()
    {
        await ReceiveOneAsync(Sample.Incoming(key: "a") with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.FromDays(1) });
        await ReceiveOneAsync(Sample.Incoming(key: "a"));
        var free = await ReceiveOneAsync(Sample.Incoming(key: "b"));
        Assert.Equal([free], await FetchIdsAsync(Sample.Inbox));
    }
}
