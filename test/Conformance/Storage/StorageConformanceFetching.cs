using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task Empty_tables_have_nothing_to_fetch()
    {
        foreach (var lane in new[] { Sample.Outbox, Sample.Inbox, new(MessageType.Subscribe, "never heard of") })
        {
            var batch = await Storage.FetchAsync(Query(lane), Stop);
            Assert.Empty(batch.Messages);
            Assert.False(batch.HasMore);
            Assert.Null(batch.NextDueIn);
        }
    }

    [Fact]
    public async Task No_shards_no_rows()
    {
        await PublishAsync(Sample.Messages(3));
        var batch = await Storage.FetchAsync(Query() with { Shards = [] }, Stop);
        Assert.Empty(batch.Messages);
        Assert.False(batch.HasMore);
        Assert.Null(batch.NextDueIn);
    }

    [Fact]
    public async Task A_lane_sees_its_own_rows_only()
    {
        var otherVersion = Sample.Outbox with { Name = "v2" };
        var sameName = new Lane(MessageType.Subscribe, Sample.Outbox.Name);
        await PublishAsync(Sample.Message("mine"));
        await Storage.PublishAsync(new(otherVersion, [Sample.Message("theirs")], null), Stop);
        await ReceiveOneAsync(Sample.Incoming(lane: sameName) with { Name = "received" });

        Assert.Equal("mine", Assert.Single(await FetchAsync()).Name);
        Assert.Equal("theirs", Assert.Single(await FetchAsync(otherVersion)).Name);
        Assert.Equal("received", Assert.Single(await FetchAsync(sameName)).Name);
        Assert.Empty(await FetchAsync(Sample.Inbox));
    }

    [Fact]
    public async Task Only_the_asked_shards_are_looked_at()
    {
        await PublishAsync([.. Enumerable.Range(0, 16).Select(shard => Sample.Message(shard: shard))]);
        Assert.Equal([2, 3, 15], (await FetchAsync(Sample.Outbox, 15, 2, 3)).Select(m => m.Shard));
    }

    [Fact]
    public async Task Rows_of_several_shards_come_by_ascending_id()
    {
        await PublishAsync([.. Enumerable.Range(0, 100).Select(n => Sample.Message(shard: (n * 7) % 16))]);
        var ids = await FetchIdsAsync();
        Assert.Equal(100, ids.Length);
        Assert.Equal(ids.Order(), ids);
    }

    [Fact]
    public async Task The_limit_holds_for_each_shard_and_says_that_it_cut()
    {
        await PublishAsync([.. Sample.Messages(5, shard: 1), .. Sample.Messages(2, shard: 2)]);

        var cut = await Storage.FetchAsync(Query(Sample.Outbox, 1, 2) with { LimitPerShard = 3 }, Stop);
        Assert.Equal([1, 1, 1, 2, 2], cut.Messages.Select(m => m.Shard));
        Assert.Equal(["order.0", "order.1", "order.2"], cut.Messages.Where(m => m.Shard == 1).Select(m => m.Name));
        Assert.True(cut.HasMore);

        var whole = await Storage.FetchAsync(Query(Sample.Outbox, 1, 2) with { LimitPerShard = 6 }, Stop);
        Assert.Equal(7, whole.Messages.Count);
        Assert.False(whole.HasMore);
    }

    [Fact]
    public async Task Rows_in_work_are_left_out_and_take_no_place()
    {
        await PublishAsync([.. Sample.Messages(50, shard: 1), .. Sample.Messages(50, shard: 2)]);
        var seen = new List<long>();
        DueBatch batch;
        do
        {
            batch = await Storage.FetchAsync(Query() with { LimitPerShard = 7, Except = [.. seen] }, Stop);
            Assert.True(batch.Messages.Count > 0 || !batch.HasMore);
            seen.AddRange(batch.Messages.Select(m => m.Id));
        }
        while (batch.HasMore);
        Assert.Equal(100, seen.Distinct().Count());
        Assert.Equal(100, seen.Count);
    }

    [Fact]
    public async Task Contents_stop_before_the_limit_of_bytes()
    {
        await PublishAsync([.. Enumerable.Range(0, 10).Select(n => Sample.Message(shard: n) with { Content = Sample.Content(new string('1', 1000)) })]);
        var size = (await FetchAsync())[0].Content.Length;

        var exact = await Storage.FetchAsync(Query() with { MaxBytes = 3 * size }, Stop);
        Assert.Equal(3, exact.Messages.Count);
        Assert.True(exact.HasMore);
        Assert.Equal((await FetchIdsAsync())[..3], exact.Messages.Select(m => m.Id));

        Assert.Equal(2, (await Storage.FetchAsync(Query() with { MaxBytes = (3 * size) - 1 }, Stop)).Messages.Count);
        Assert.False((await Storage.FetchAsync(Query() with { MaxBytes = 10 * size }, Stop)).HasMore);
    }

    [Fact]
    public async Task One_row_comes_however_large()
    {
        await PublishAsync(Sample.Message("large") with { Content = Sample.Content(new string('1', 100_000)) }, Sample.Message());
        var batch = await Storage.FetchAsync(Query() with { MaxBytes = 10 }, Stop);
        Assert.Equal("large", Assert.Single(batch.Messages).Name);
        Assert.True(batch.HasMore);
    }

    [Fact]
    public async Task A_large_row_is_not_overtaken_by_small_ones()
    {
        await PublishAsync(
            Sample.Message("first"),
            Sample.Message("large") with { Content = Sample.Content(new string('1', 100_000)) },
            Sample.Message("last"));
        var batch = await Storage.FetchAsync(Query() with { MaxBytes = 50_000 }, Stop);
        Assert.Equal("first", Assert.Single(batch.Messages).Name);
        Assert.True(batch.HasMore);
    }

    [Fact]
    public async Task Fresh_rows_below_the_start_are_stepped_over()
    {
        var ids = await StoreAsync(Sample.Messages(4, shard: 1));
        var others = await StoreAsync(Sample.Messages(1, shard: 2));
        var batch = await Storage.FetchAsync(Query() with { Shards = [new(1, ids[2]), new(2, 0)] }, Stop);
        Assert.Equal([ids[2], ids[3], others[0]], batch.Messages.Select(m => m.Id));
    }

    [Fact]
    public async Task Keyed_rows_below_the_start_are_found_in_order()
    {
        var ids = await StoreAsync(
            Sample.Message("no key"), Sample.Message("a1", key: "a"), Sample.Message("b1", key: "b"), Sample.Message("a2", key: "a"),
            Sample.Message("no key"), Sample.Message("a3", key: "a"), Sample.Message("free"));

        // A limit cuts off the later rows of a key, wherever the start is.
        foreach (var from in new[] { ids[2], ids[5], ids[6] })
        {
            var query = Query() with { Shards = [new(0, from)] };
            Assert.Equal(["a1", "b1"], (await Storage.FetchAsync(query with { LimitPerShard = 2 }, Stop)).Messages.Select(m => m.Name));
            Assert.Equal(
                ["a1", "b1", "a2", "a3"],
                (await Storage.FetchAsync(query, Stop)).Messages.Where(m => m.KeyHash is not null).Select(m => m.Name));
        }
        Assert.Equal(
            ["a1", "b1", "a2", "a3", "free"],
            (await Storage.FetchAsync(Query() with { Shards = [new(0, ids[6])] }, Stop)).Messages.Select(m => m.Name));
    }

    [Fact]
    public async Task Failed_and_delayed_rows_below_the_start_are_found()
    {
        var delayed = Sample.Message("delayed") with { Delay = TimeSpan.FromMilliseconds(1) };
        var hurried = Sample.Message("hurried") with { Delay = TimeSpan.FromHours(1) };
        var ids = await StoreAsync(Sample.Message("failed"), delayed, hurried, Sample.Message("revived"), Sample.Message("fresh"));
        await FailAsync(ids[0], TimeSpan.Zero);
        await FailAsync(ids[3], retryIn: null);
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, ids[2], ids[3]);

        var found = await Eventually.GetAsync(
            () => Storage.FetchAsync(Query() with { Shards = [new(0, ids[4] + 1)] }, Stop),
            batch => batch.Messages.Count >= 4);
        Assert.Equal(["failed", "delayed", "hurried", "revived"], found.Messages.Select(m => m.Name));
    }

    [Fact]
    public async Task Rows_that_failed_were_delayed_or_have_a_key_are_not_fresh()
    {
        var ids = await StoreAsync(
            Sample.Message("fresh"), Sample.Message("failed"), Sample.Message("delayed") with { Delay = TimeSpan.Zero }, Sample.Message("revived"),
            Sample.Message("keyed", key: "a"));
        await FailAsync(ids[1], TimeSpan.Zero);
        await FailAsync(ids[3], retryIn: null);
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, ids[3]);
        await ReceiveOneAsync(Sample.Incoming());

        var rows = await FetchUntilAsync(rows => rows.Count == 5);
        Assert.Equal(["fresh"], rows.Where(row => row.IsFresh).Select(row => row.Name));
        Assert.True(Assert.Single(await FetchAsync(Sample.Inbox)).IsFresh);
    }

    [Fact]
    public async Task Fetching_changes_nothing()
    {
        await PublishAsync(Sample.Messages(3));
        Assert.Equal(await FetchIdsAsync(), await FetchIdsAsync());
        Assert.Equal(new(3, 0, 0), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    [Fact]
    public async Task Fetching_does_not_wait_for_an_open_transaction()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await using var transaction = await Storage.BeginAsync(null, System.Data.IsolationLevel.Unspecified, Stop);
        var row = Assert.Single(await FetchAsync());
        Assert.True(await Storage.SettleAsync(transaction, Sample.Outbox, row, Stop));
        Assert.Equal([id], await FetchIdsAsync());
        await transaction.RollbackAsync(Stop);
    }
}
