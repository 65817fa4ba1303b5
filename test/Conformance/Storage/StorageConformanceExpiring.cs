using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    // The width of partitions, where a storage has such.
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(1);

    private static readonly ExpiryRequest EverythingIsOld = new(TimeSpan.Zero, TimeSpan.Zero, PurgeInterval);
    private static readonly ExpiryRequest NothingIsOld = new(TimeSpan.FromHours(1), TimeSpan.FromDays(7), PurgeInterval);
    private static readonly ExpiryRequest SucceededAreOld = new(TimeSpan.Zero, TimeSpan.FromDays(7), PurgeInterval);

    [Fact]
    public async Task Old_succeeded_messages_go()
    {
        var ids = await StoreAsync(Sample.Messages(30));
        var received = (await Storage.ReceiveAsync([.. ids.Select(_ => Sample.Incoming())], Stop)).Select(id => id!.Value).ToArray();
        await SucceedAsync(Sample.Outbox, ids);
        await SucceedAsync(Sample.Inbox, received);

        await PurgeUntilAsync(SucceededAreOld, async () =>
            (await Storage.FindAsync(new() { Type = MessageType.Publish }, Stop)).Count == 0
            && (await Storage.FindAsync(new() { Type = MessageType.Subscribe }, Stop)).Count == 0);
    }

    [Fact]
    public async Task Young_succeeded_messages_stay()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await SucceedAsync(Sample.Outbox, id);
        await PurgeAsync(NothingIsOld);
        Assert.NotNull(await FindOneAsync(id));
    }

    [Fact]
    public async Task Unsettled_messages_never_go()
    {
        var ids = await StoreAsync(Sample.Message("fresh"), Sample.Message("delayed") with { Delay = TimeSpan.FromHours(1) }, Sample.Message("waiting"));
        await FailAsync(ids[2], TimeSpan.FromHours(1), keep: TimeSpan.Zero);
        var old = (await StoreAsync(Sample.Message("old")))[0];
        await SucceedAsync(Sample.Outbox, old);
        var received = await ReceiveOneAsync(Sample.Incoming());

        // Until something younger went: then these had their chance.
        await PurgeUntilAsync(EverythingIsOld, async () => await FindOneAsync(old) is null);
        Assert.Equal([ids[0]], await FetchIdsAsync());
        Assert.Equal(new(2, 1, 0), await Storage.CountAsync(MessageType.Publish, Stop));
        foreach (var id in ids)
            Assert.NotNull(await FindOneAsync(id));
        Assert.Single(await AttemptsAsync(ids[2]));
        Assert.Equal([received], await FetchIdsAsync(Sample.Inbox));
        Assert.Equal(Sample.Content(), (await FetchAsync())[0].Content.ToArray());
    }

    [Fact]
    public async Task Failed_messages_go_after_their_time_and_are_named()
    {
        var (outgoing, incoming) = (Sample.Message("out"), Sample.Incoming() with { Name = "in" });
        var published = (await StoreAsync(outgoing))[0];
        var received = await ReceiveOneAsync(incoming);
        var kept = (await StoreAsync(Sample.Message("kept")))[0];
        await FailAsync(published, retryIn: null, keep: TimeSpan.Zero);
        await FailAsync(received, retryIn: null, keep: TimeSpan.Zero, lane: Sample.Inbox);
        await FailAsync(kept, retryIn: null, keep: TimeSpan.FromDays(1));

        var named = await PurgeUntilAsync(NothingIsOld, async () =>
            await FindOneAsync(published) is null && await FindOneAsync(received, Sample.Inbox) is null);
        Assert.Equal(
            [new(MessageType.Publish, published, outgoing.MessageId, "out"), new(MessageType.Subscribe, received, incoming.MessageId, "in")],
            named.OrderBy(m => m.Type));
        Assert.Empty(await AttemptsAsync(published));
        Assert.Empty(await AttemptsAsync(received, Sample.Inbox));

        Assert.Equal(StatusName.Failed, (await FindOneAsync(kept))!.StatusName);
        Assert.Single(await AttemptsAsync(kept));
        Assert.Equal(new(0, 0, 1), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    [Fact]
    public async Task A_given_up_message_is_kept_from_its_giving_up_and_not_from_its_creation()
    {
        var keep = TimeSpan.FromSeconds(2);
        foreach (var lane in new[] { Sample.Outbox, Sample.Inbox })
        {
            var id = lane == Sample.Outbox ? (await StoreAsync(Sample.Message()))[0] : await ReceiveOneAsync(Sample.Incoming());
            var tooOld = (await FindOneAsync(id, lane))!.Added + keep + PurgeInterval;
            var before = await Eventually.GetAsync(NowAsync, now => now > tooOld);
            await FailAsync(id, retryIn: null, keep: keep, lane: lane);
            await PurgeAsync(SucceededAreOld);

            // A test that was held up until its time is over, too, says nothing.
            var row = await FindOneAsync(id, lane);
            if (row is null)
                Assert.True(await NowAsync() >= before + keep);
            else
                Assert.True(row.ExpiresAt >= before + keep, $"given up after {before:O}, kept until {row.ExpiresAt:O}");
        }
    }

    [Fact]
    public async Task A_failed_message_is_kept_however_old_the_log_grows()
    {
        var failed = (await StoreAsync(Sample.Message()))[0];
        await FailAsync(failed, retryIn: null, keep: TimeSpan.FromDays(1));
        var old = (await StoreAsync(Sample.Message()))[0];
        await SucceedAsync(Sample.Outbox, old);
        await PurgeUntilAsync(EverythingIsOld, async () => await FindOneAsync(old) is null);

        Assert.Equal(StatusName.Failed, (await FindOneAsync(failed))!.StatusName);
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, failed);
        Assert.Equal(Sample.Content(), (await FetchUntilAsync(rows => rows.Count > 0))[0].Content.ToArray());
    }

    [Fact]
    public async Task A_rejected_message_goes_after_its_time()
    {
        var id = await ReceiveOneAsync(Sample.Incoming() with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.Zero });
        var named = await PurgeUntilAsync(NothingIsOld, async () => await FindOneAsync(id, Sample.Inbox) is null);
        Assert.Equal(id, Assert.Single(named).Id);
    }

    [Fact]
    public async Task A_failed_message_somebody_retries_in_time_stays()
    {
        var ids = await StoreAsync(Sample.Messages(2));
        await FailAsync(ids[0], retryIn: null, keep: TimeSpan.Zero);
        await FailAsync(ids[1], retryIn: null, keep: TimeSpan.Zero);
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, ids[0]);
        await PurgeUntilAsync(NothingIsOld, async () => await FindOneAsync(ids[1]) is null);

        var row = await FindOneAsync(ids[0]);
        Assert.Equal(StatusName.Scheduled, row!.StatusName);
        Assert.Null(row.ExpiresAt);
    }

    [Fact]
    public async Task A_key_is_free_when_its_failed_message_went()
    {
        var ids = await StoreAsync(Sample.Messages(2, key: "a"));
        await FailAsync(ids[0], retryIn: null, keep: TimeSpan.Zero);
        Assert.Empty(await FetchAsync());
        await PurgeUntilAsync(NothingIsOld, async () => await FindOneAsync(ids[0]) is null);
        Assert.Equal([ids[1]], await FetchIdsAsync());
    }

    [Fact]
    public async Task Ids_are_remembered_when_the_messages_are_gone()
    {
        var messages = new[] { Sample.Incoming(), Sample.Incoming("order-4711") };
        var ids = (await Storage.ReceiveAsync(messages, Stop)).Select(id => id!.Value).ToArray();
        await SucceedAsync(Sample.Inbox, ids[0]);
        await FailAsync(ids[1], retryIn: null, lane: Sample.Inbox, keep: TimeSpan.Zero);
        await PurgeUntilAsync(SucceededAreOld, async () => (await Storage.FindAsync(new() { Type = MessageType.Subscribe }, Stop)).Count == 0);
        Assert.All(await Storage.ReceiveAsync(messages, Stop), Assert.Null);
    }

    [Theory]
    [InlineData("order-4711")]
    [InlineData("68000000aaaaaaaaaabbbbbb")]
    public async Task Ids_are_forgotten_at_last(string messageId)
    {
        await SucceedAsync(Sample.Inbox, await ReceiveOneAsync(Sample.Incoming(messageId)));
        await PurgeUntilAsync(EverythingIsOld, async () => (await Storage.ReceiveAsync([Sample.Incoming(messageId)], Stop))[0] is not null);
    }

    [Fact]
    public async Task Nodes_that_purge_at_once_name_each_message_once()
    {
        var ids = await StoreAsync(Sample.Messages(200));
        await Storage.SettleAsync(new(Sample.Outbox, [], [.. ids.Select(id => new FailedAttempt(id, Sample.Attempt(), null, TimeSpan.Zero))]), Stop);
        var named = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var node = await StartNodeAsync();
            var went = new List<long>();
            await Eventually.BecomesTrueAsync(async () =>
            {
                went.AddRange((await node.ExpireAsync(NothingIsOld, Stop)).Failed.Select(m => m.Id));
                return (await node.CountAsync(MessageType.Publish, Stop)).Failed == 0;
            });
            return went;
        })));
        Assert.Equal(ids, named.SelectMany(went => went).Order());
    }

    [Fact]
    public async Task Purging_empty_tables_removes_nothing()
    {
        var result = await Storage.ExpireAsync(EverythingIsOld, Stop);
        Assert.Equal(0, result.Succeeded);
        Assert.Empty(result.Failed);
        Assert.False(result.HasMore);
    }

    private async Task<List<ExpiredMessage>> PurgeAsync(ExpiryRequest request)
    {
        var named = new List<ExpiredMessage>();
        ExpiryResult result;
        do
        {
            result = await Storage.ExpireAsync(request, Stop);
            named.AddRange(result.Failed);
        }
        while (result.HasMore);
        return named;
    }

    private async Task<List<ExpiredMessage>> PurgeUntilAsync(ExpiryRequest request, Func<Task<bool>> done)
    {
        var named = new List<ExpiredMessage>();
        await Eventually.BecomesTrueAsync(async () =>
        {
            named.AddRange(await PurgeAsync(request));
            return await done();
        });
        return named;
    }
}
