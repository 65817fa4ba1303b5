using Cap.Messages;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_delayed_message_is_not_due_before_its_time()
    {
        var message = Sample.Message(shard: 3) with { Delay = TimeSpan.FromHours(1) };
        await PublishAsync(message);

        var batch = await Storage.FetchAsync(Query(), Stop);
        Assert.Empty(batch.Messages);
        Assert.False(batch.HasMore);
        Assert.InRange(batch.NextDueIn!.Value, TimeSpan.FromMinutes(55), TimeSpan.FromHours(1));

        var row = await FindOneAsync(MessageType.Publish, message.MessageId);
        Assert.Equal(StatusName.Delayed, row!.StatusName);
        Assert.Equal(row.Added.AddHours(1), row.DueAt!.Value, TimeSpan.FromSeconds(5));
        Assert.Equal(new(0, 1, 0), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    [Fact]
    public async Task A_delayed_message_falls_due_by_itself()
    {
        await PublishAsync(Sample.Message() with { Delay = TimeSpan.FromMilliseconds(300) });
        var row = (await FetchUntilAsync(rows => rows.Count > 0))[0];
        Assert.Equal(0, row.Retries);
        Assert.Equal(StatusName.Scheduled, (await FindOneAsync(row.Id))!.StatusName);
    }

    [Fact]
    public async Task A_message_with_a_time_falls_due_by_the_clock_of_the_database()
    {
        var now = await NowAsync();
        var past = Sample.Message("past") with { DueAt = now };
        var future = Sample.Message("future") with { DueAt = now.AddDays(2).ToOffset(TimeSpan.FromHours(5)) };
        await PublishAsync(past, future);

        var rows = await FetchUntilAsync(rows => rows.Count > 0);
        Assert.Equal("past", Assert.Single(rows).Name);
        Assert.Equal(future.DueAt, (await FindOneAsync(MessageType.Publish, future.MessageId))!.DueAt);
    }

    [Fact]
    public async Task No_delay_and_a_time_long_past_are_due_at_once()
    {
        await PublishAsync(
            Sample.Message() with { Delay = TimeSpan.Zero },
            Sample.Message() with { DueAt = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        await FetchUntilAsync(rows => rows.Count == 2);
    }

    [Fact]
    public async Task A_delay_may_last_for_years()
    {
        await PublishAsync(Sample.Message() with { Delay = TimeSpan.FromDays(3650) });
        Assert.Empty(await FetchAsync());
        Assert.True((await Storage.FetchAsync(Query(), Stop)).NextDueIn > TimeSpan.FromDays(3649));
    }

    [Fact]
    public async Task The_next_due_time_is_the_soonest_of_the_asked_shards()
    {
        await PublishAsync(
            Sample.Message(shard: 1) with { Delay = TimeSpan.FromHours(1) },
            Sample.Message(shard: 2) with { Delay = TimeSpan.FromHours(2) },
            Sample.Message(shard: 2) with { Delay = TimeSpan.FromHours(3) });
        await Storage.PublishAsync(new(new(MessageType.Publish, "v2"), [Sample.Message(shard: 2) with { Delay = TimeSpan.FromMinutes(1) }], null), Stop);

        var next = (await Storage.FetchAsync(Query(Sample.Outbox, 2, 3), Stop)).NextDueIn;
        Assert.InRange(next!.Value, TimeSpan.FromMinutes(115), TimeSpan.FromHours(2));
        Assert.Null((await Storage.FetchAsync(Query(Sample.Outbox, 3), Stop)).NextDueIn);
    }

    [Fact]
    public async Task A_row_waiting_for_its_retry_counts_for_the_next_due_time()
    {
        var ids = await StoreAsync(Sample.Messages(2));
        await FailAsync(ids[0], TimeSpan.FromHours(1));
        var batch = await Storage.FetchAsync(Query(), Stop);
        Assert.Equal(ids[1], Assert.Single(batch.Messages).Id);
        Assert.InRange(batch.NextDueIn!.Value, TimeSpan.FromMinutes(55), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Fresh_and_given_up_rows_wait_for_no_time()
    {
        var ids = await StoreAsync(Sample.Messages(2));
        await FailAsync(ids[0], retryIn: null);
        Assert.Null((await Storage.FetchAsync(Query(), Stop)).NextDueIn);
    }
}
