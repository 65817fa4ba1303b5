using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_stored_message_shows_what_it_is()
    {
        var before = await NowAsync();
        var message = Sample.Message(key: "customer-1");
        await PublishAsync(message);
        var row = await FindOneAsync(MessageType.Publish, message.MessageId);
        Assert.Equal("v1", row!.Version);
        Assert.Null(row.Group);
        Assert.Equal("order.placed", row.Name);
        Assert.Equal("customer-1", row.Key);
        Assert.Equal(Encoding.UTF8.GetString(message.Content.Span), row.Content);
        Assert.Equal(0, row.Retries);
        Assert.Equal(before, row.Added, TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, row.Added.Offset);
        Assert.Null(row.DueAt);
        Assert.Null(row.ExpiresAt);
        Assert.Equal(StatusName.Scheduled, row.StatusName);

        var received = await ReceiveOneAsync(Sample.Incoming());
        var inboxRow = await FindOneAsync(received, Sample.Inbox);
        Assert.Equal("billing.v1", inboxRow!.Group);
        Assert.Equal("v1", inboxRow.Version);
        Assert.Null(inboxRow.Key);
        Assert.Equal(StatusName.Scheduled, inboxRow.StatusName);
    }

    [Theory]
    [InlineData("eu.billing.v2", "v2")]
    [InlineData("v1.v1", "v1")]
    [InlineData("billing", "billing")]
    public async Task The_version_of_a_received_message_ends_the_name_of_its_group(string group, string version)
    {
        var lane = new Lane(MessageType.Subscribe, group);
        Assert.Equal(version, (await FindOneAsync(await ReceiveOneAsync(Sample.Incoming(lane: lane)), lane))!.Version);
    }

    [Fact]
    public async Task Messages_are_found_by_status_and_counted()
    {
        foreach (var lane in new[] { Sample.Outbox, Sample.Inbox })
        {
            var ids = lane == Sample.Outbox
                ? await StoreAsync(Sample.Messages(5))
                : [.. (await Storage.ReceiveAsync([.. Enumerable.Range(0, 5).Select(_ => Sample.Incoming())], Stop)).Select(id => id!.Value)];
            await SucceedAsync(lane, ids[0]);
            await FailAsync(ids[1], TimeSpan.FromHours(1), lane: lane);
            await FailAsync(ids[2], retryIn: null, lane: lane);
            await FailAsync(ids[3], TimeSpan.Zero, lane: lane);

            Assert.Equal([ids[0]], await IdsAsync(new() { Type = lane.Type, Status = StatusName.Succeeded }));
            Assert.Equal([ids[4], ids[3], ids[1]], await IdsAsync(new() { Type = lane.Type, Status = StatusName.Scheduled }));
            Assert.Equal([ids[2]], await IdsAsync(new() { Type = lane.Type, Status = StatusName.Failed }));
            Assert.Empty(await IdsAsync(new() { Type = lane.Type, Status = StatusName.Delayed }));
            Assert.Equal(new(3, 0, 1), await Storage.CountAsync(lane.Type, Stop));
        }
        var delayed = (await StoreAsync(Sample.Message() with { Delay = TimeSpan.FromHours(1) }))[0];
        Assert.Equal([delayed], await IdsAsync(new() { Type = MessageType.Publish, Status = StatusName.Delayed }));
        Assert.Equal(new(3, 1, 1), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    [Fact]
    public async Task Messages_are_found_by_name_group_and_id()
    {
        var mailing = new Lane(MessageType.Subscribe, "mailing.v1");
        var published = await StoreAsync(Sample.Message("a.b"), Sample.Message("a.c"), Sample.Message("a_b"));
        var shared = MessageId.New(TimeProvider.System);
        var received = (await Storage.ReceiveAsync(
            [Sample.Incoming(shared), Sample.Incoming(shared, lane: mailing), Sample.Incoming() with { Name = "a.b" }], Stop)).Select(id => id!.Value).ToArray();

        Assert.Equal([published[0]], await IdsAsync(new() { Type = MessageType.Publish, Name = "a.b" }));
        Assert.Equal([received[2]], await IdsAsync(new() { Type = MessageType.Subscribe, Name = "a.b" }));
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Name = "A.B" }));
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Name = "a%" }));
        Assert.Equal([received[1]], await IdsAsync(new() { Type = MessageType.Subscribe, Group = "mailing.v1" }));
        Assert.Equal([received[2], received[0]], await IdsAsync(new() { Type = MessageType.Subscribe, Group = "billing.v1" }));
        Assert.Equal([received[1], received[0]], await IdsAsync(new() { Type = MessageType.Subscribe, MessageId = shared }));
        Assert.Equal([received[1]], await IdsAsync(new() { Type = MessageType.Subscribe, MessageId = shared, Group = "mailing.v1" }));
        Assert.Equal([published[1]], await IdsAsync(new() { Type = MessageType.Publish, Id = published[1] }));
        // No published message has a group; the name of its lane is the version.
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Group = Sample.Outbox.Name }));
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Group = Sample.Outbox.Name, Status = StatusName.Scheduled }));
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Id = published[1], Name = "a.b" }));
        Assert.Empty(await IdsAsync(new() { Type = MessageType.Publish, Id = 987654321 }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(StatusName.Scheduled)]
    [InlineData(StatusName.Failed)]
    [InlineData(StatusName.Succeeded)]
    public async Task Pages_run_from_the_newest_to_the_oldest_without_gaps(StatusName? status)
    {
        var ids = await StoreAsync(Sample.Messages(25));
        if (status == StatusName.Succeeded)
            await SucceedAsync(Sample.Outbox, ids);
        if (status == StatusName.Failed)
            await Storage.SettleAsync(new(Sample.Outbox, [], [.. ids.Select(id => new FailedAttempt(id, Sample.Attempt(), null, TimeSpan.FromDays(1)))]), Stop);

        var seen = new List<long>();
        PageKey? from = null;
        do
        {
            var page = await Storage.Monitoring.FindAsync(new() { Type = MessageType.Publish, Status = status, From = from, Limit = 10 }, Stop);
            Assert.True(page.Messages.Count <= 10);
            seen.AddRange(page.Messages.Select(m => m.Id));
            from = page.Next;
        } while (from is not null);
        Assert.Equal(ids.Reverse(), seen);
    }

    [Fact]
    public async Task A_page_has_100_messages_unless_told()
    {
        await PublishAsync(Sample.Messages(120));
        Assert.Equal(100, (await Storage.FindAsync(new() { Type = MessageType.Publish }, Stop)).Count);
    }

    [Fact]
    public async Task Retry_makes_failed_waiting_and_delayed_messages_due_and_counts_them()
    {
        var ids = await StoreAsync(
            Sample.Message("failed"),
            Sample.Message("waiting"),
            Sample.Message("delayed") with { Delay = TimeSpan.FromHours(1) },
            Sample.Message("succeeded"),
            Sample.Message("untouched") with { Delay = TimeSpan.FromHours(1) });
        await FailAsync(ids[0], retryIn: null);
        await FailAsync(ids[1], TimeSpan.FromHours(1));
        await SucceedAsync(Sample.Outbox, ids[3]);

        Assert.Equal(3, await ActAsync(MessageActionKind.Retry, Sample.Outbox, [.. ids[..4], 987654321]));
        var rows = await FetchUntilAsync(rows => rows.Count >= 3);
        Assert.Equal(["failed", "waiting", "delayed"], rows.Select(r => r.Name));
        Assert.Equal([1, 1, 0], rows.Select(r => r.Retries));
        Assert.All(await Task.WhenAll(ids[..3].Select(id => FindOneAsync(id))), row => Assert.Equal(StatusName.Scheduled, row!.StatusName));
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(ids[3]))!.StatusName);
    }

    [Fact]
    public async Task Retry_of_a_message_that_is_due_already_changes_nothing()
    {
        var ids = await StoreAsync(Sample.Messages(2));
        Assert.Equal(0, await ActAsync(MessageActionKind.Retry, Sample.Outbox, ids));
        Assert.Equal(ids, await FetchIdsAsync());
    }

    [Fact]
    public async Task A_retried_message_gets_one_more_try()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await FailAsync(id, retryIn: null, number: 1);
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, id);
        Assert.Single(await AttemptsAsync(id));
        await FailAsync(id, retryIn: null, number: 2);
        Assert.Equal(StatusName.Failed, (await FindOneAsync(id))!.StatusName);
        Assert.Equal(2, (await AttemptsAsync(id)).Count);
    }

    [Fact]
    public async Task Delete_removes_unsettled_messages_whole_and_counts_them()
    {
        var ids = await StoreAsync(
            Sample.Message(), Sample.Message(), Sample.Message() with { Delay = TimeSpan.FromHours(1) }, Sample.Message(), Sample.Message("stays"));
        await FailAsync(ids[0], retryIn: null);
        await FailAsync(ids[1], TimeSpan.FromHours(1));
        await SucceedAsync(Sample.Outbox, ids[3]);

        Assert.Equal(3, await ActAsync(MessageActionKind.Delete, Sample.Outbox, [.. ids[..4], 987654321]));
        foreach (var id in ids[..3])
        {
            Assert.Null(await FindOneAsync(id));
            Assert.Empty(await AttemptsAsync(id));
        }
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(ids[3]))!.StatusName);
        Assert.Equal([ids[4]], await FetchIdsAsync());
        Assert.Equal(new(1, 0, 0), await Storage.CountAsync(MessageType.Publish, Stop));
        Assert.Equal(0, await ActAsync(MessageActionKind.Delete, Sample.Outbox, ids[..4]));
    }

    [Fact]
    public async Task Acting_on_the_inbox_leaves_the_outbox_alone()
    {
        var published = await StoreAsync(Sample.Messages(3));
        var received = (await Storage.ReceiveAsync([Sample.Incoming(), Sample.Incoming(), Sample.Incoming()], Stop)).Select(id => id!.Value).ToArray();
        Assert.Equal(3, await ActAsync(MessageActionKind.Delete, Sample.Inbox, [.. received.Concat(published).Distinct()]));
        Assert.Equal(published, await FetchIdsAsync());
        Assert.Equal(new(0, 0, 0), await Storage.CountAsync(MessageType.Subscribe, Stop));
    }

    [Fact]
    public async Task What_is_deleted_while_being_worked_on_stays_deleted()
    {
        var ids = await StoreAsync(Sample.Messages(2));
        await ActAsync(MessageActionKind.Delete, Sample.Outbox, ids);
        await SucceedAsync(Sample.Outbox, ids[0]);
        await FailAsync(ids[1], TimeSpan.Zero);
        Assert.Null(await FindOneAsync(ids[0]));
        Assert.Null(await FindOneAsync(ids[1]));
        Assert.Empty(await AttemptsAsync(ids[1]));
        Assert.Empty(await FetchAsync());
    }

    [Fact]
    public async Task Two_people_who_act_at_once_are_told_the_truth()
    {
        var ids = await StoreAsync(Sample.Messages(50));
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () => await (await StartNodeAsync()).ActAsync(new(MessageType.Publish, MessageActionKind.Delete, ids, "tester"), Stop))));
        Assert.Equal(50, counts.Sum());
    }

    [Fact]
    public async Task Acting_on_nothing_changes_nothing()
    {
        await PublishAsync(Sample.Message());
        Assert.Equal(0, await ActAsync(MessageActionKind.Delete, Sample.Outbox));
        Assert.Equal(0, await ActAsync(MessageActionKind.Retry, Sample.Outbox));
        Assert.Single(await FetchAsync());
    }

    private async Task<long[]> IdsAsync(MessageQuery query) => [.. (await Storage.FindAsync(query, Stop)).Select(m => m.Id)];
}
