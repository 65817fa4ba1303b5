using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_received_message_is_fetched_as_it_was_given()
    {
        var message = Sample.Incoming(key: "customer-1", shard: 9);
        var id = await ReceiveOneAsync(message);

        var row = Assert.Single(await FetchAsync(Sample.Inbox));
        Assert.Equal(id, row.Id);
        Assert.Equal(9, row.Shard);
        Assert.Equal(message.KeyHash, row.KeyHash);
        Assert.Equal(0, row.Retries);
        Assert.Equal(message.MessageId, row.MessageId);
        Assert.Equal(message.Name, row.Name);
        Assert.Equal(message.Content.ToArray(), row.Content.ToArray());
    }

    [Fact]
    public async Task A_duplicate_is_dropped_in_the_batch_and_ever_after()
    {
        var (a, b) = (Sample.Incoming(), Sample.Incoming());
        var ids = await Storage.ReceiveAsync([a, b, a, a], Stop);
        Assert.NotNull(ids[0]);
        Assert.True(ids[1] > ids[0]);
        Assert.Null(ids[2]);
        Assert.Null(ids[3]);

        var again = await Storage.ReceiveAsync([b, Sample.Incoming(), a], Stop);
        Assert.Null(again[0]);
        Assert.True(again[1] > ids[1]);
        Assert.Null(again[2]);
        Assert.Equal(3, (await FetchAsync(Sample.Inbox)).Count);
    }

    [Fact]
    public async Task A_duplicate_is_dropped_after_the_message_succeeded_failed_or_was_deleted()
    {
        var messages = new[] { Sample.Incoming(), Sample.Incoming(), Sample.Incoming() };
        var ids = (await Storage.ReceiveAsync(messages, Stop)).Select(id => id!.Value).ToArray();
        await SucceedAsync(Sample.Inbox, ids[0]);
        await FailAsync(ids[1], retryIn: null, lane: Sample.Inbox);
        await ActAsync(MessageActionKind.Delete, Sample.Inbox, ids[2]);
        Assert.All(await Storage.ReceiveAsync(messages, Stop), Assert.Null);
    }

    [Fact]
    public async Task Each_lane_gets_its_own_copy()
    {
        var other = new Lane(MessageType.Subscribe, "mailing.v1");
        var id = MessageId.New(TimeProvider.System);
        var ids = await Storage.ReceiveAsync([Sample.Incoming(id), Sample.Incoming(id, lane: other), Sample.Incoming(id)], Stop);
        Assert.NotNull(ids[0]);
        Assert.NotNull(ids[1]);
        Assert.Null(ids[2]);
        Assert.Equal([ids[0]!.Value], await FetchIdsAsync(Sample.Inbox));
        Assert.Equal([ids[1]!.Value], await FetchIdsAsync(other));
    }

    [Fact]
    public async Task Ids_grow_in_the_order_of_receiving()
    {
        var messages = Enumerable.Range(0, 500).Select(n => Sample.Incoming(shard: n % 16)).ToArray();
        var ids = await Storage.ReceiveAsync(messages, Stop);
        Assert.Equal(ids.Order(), ids);
        Assert.Equal(500, ids.Distinct().Count());
        Assert.Equal(messages.Select(m => m.MessageId), (await FetchAsync(Sample.Inbox)).Select(m => m.MessageId));
    }

    [Theory]
    [InlineData("order-4711")]
    [InlineData("0123456789ABCDEF01234567")]
    [InlineData("'; drop table received; --")]
    [InlineData("日本 👩‍👩‍👧")]
    public async Task Ids_the_user_chose_are_remembered_too(string id)
    {
        foreach (var messageId in new[] { id, id.PadRight(200, '.') })
        {
            Assert.Null(Sample.Incoming(messageId).IdTime);
            await ReceiveOneAsync(Sample.Incoming(messageId));
            Assert.Null((await Storage.ReceiveAsync([Sample.Incoming(messageId)], Stop))[0]);
        }
    }

    [Fact]
    public async Task Ids_that_differ_in_case_or_blanks_are_different()
    {
        string[] ids = ["order-a", "Order-a", "order-a ", " order-a", "0123456789abcdef01234567", "0123456789ABCDEF01234567"];
        Assert.DoesNotContain(null, await Storage.ReceiveAsync([.. ids.Select(id => Sample.Incoming(id))], Stop));
    }

    [Theory]
    [InlineData("00000000aaaaaaaaaabbbbbb")]
    [InlineData("386d4380aaaaaaaaaabbbbbb")]
    [InlineData("ffffffffaaaaaaaaaabbbbbb")]
    public async Task Ids_from_a_host_with_a_wrong_clock_are_remembered_too(string id)
    {
        Assert.NotNull(Sample.Incoming(id).IdTime);
        await ReceiveOneAsync(Sample.Incoming(id));
        Assert.Null((await Storage.ReceiveAsync([Sample.Incoming(id), Sample.Incoming(id)], Stop))[0]);
        Assert.Single(await FetchAsync(Sample.Inbox));
    }

    [Fact]
    public async Task The_same_message_received_at_once_by_many_nodes_is_stored_once()
    {
        var messages = Enumerable.Range(0, 40).Select(_ => Sample.Incoming()).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(async () =>
        {
            // Batches of different order: a driver that locks ids in the order given would deadlock.
            var batch = n % 2 == 0 ? messages : [.. messages.Reverse()];
            return await (await StartNodeAsync()).ReceiveAsync(batch, Stop);
        })));
        Assert.Equal(40, answers.SelectMany(ids => ids).Count(id => id is not null));
        Assert.Equal(40, (await FetchAsync(Sample.Inbox)).Select(m => m.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task A_rejected_message_is_stored_as_failed_with_its_reason()
    {
        var message = Sample.Incoming(key: "k", shard: 4) with { Rejected = Sample.Attempt(error: "no handler"), RejectedKeepTime = TimeSpan.FromDays(3) };
        var ids = await Storage.ReceiveAsync([Sample.Incoming(), message, Sample.Incoming()], Stop);
        Assert.Equal([ids[0]!.Value, ids[2]!.Value], await FetchIdsAsync(Sample.Inbox));

        var row = await FindOneAsync(ids[1]!.Value, Sample.Inbox);
        Assert.Equal(StatusName.Failed, row!.StatusName);
        Assert.Equal(1, row.Retries);
        Assert.Null(row.DueAt);
        Assert.Equal(row.Added.AddDays(3), row.ExpiresAt!.Value, TimeSpan.FromSeconds(5));
        Assert.Equal(Sample.Attempt(error: "no handler"), Assert.Single(await AttemptsAsync(row.Id, Sample.Inbox)));
        Assert.Null((await Storage.ReceiveAsync([message], Stop))[0]);
        Assert.Single(await AttemptsAsync(row.Id, Sample.Inbox));
    }

    [Fact]
    public async Task A_rejected_message_can_be_retried_by_a_person()
    {
        var id = await ReceiveOneAsync(Sample.Incoming() with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.FromDays(3) });
        Assert.Equal(1, await ActAsync(MessageActionKind.Retry, Sample.Inbox, id));
        Assert.Equal(1, (await FetchUntilAsync(rows => rows.Count > 0, Sample.Inbox))[0].Retries);
        await FailAsync(id, retryIn: null, number: 2, lane: Sample.Inbox);
        Assert.Equal([1, 2], (await AttemptsAsync(id, Sample.Inbox)).Select(a => a.Number));
    }

    [Fact]
    public async Task Receiving_nothing_is_fine() => Assert.Empty(await Storage.ReceiveAsync([], Stop));
}
