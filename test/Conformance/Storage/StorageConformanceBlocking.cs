using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_blocks_a_key_is_found_by_the_key(bool givenUp)
    {
        var ids = await StoreAsync(
            Sample.Message("earlier", key: "a"),
            Sample.Message("head", key: "a"),
            Sample.Message("behind", key: "a"),
            Sample.Message("head of b", key: "b"),
            Sample.Message("no key"),
            Sample.Message("sound", key: "c"));
        foreach (var id in new[] { ids[1], ids[3], ids[4] })
            await FailAsync(id, givenUp ? null : TimeSpan.FromHours(1));
        var blocking = new MessageQuery { Type = MessageType.Publish, IsBlocking = true };

        Assert.Equal([ids[1]], await IdsAsync(blocking with { Key = "a" }));
        Assert.Equal([ids[3]], await IdsAsync(blocking with { Key = "b" }));
        Assert.Empty(await IdsAsync(blocking with { Key = "c" }));
        Assert.Empty(await IdsAsync(blocking with { Key = "unknown" }));
        Assert.Equal([ids[3], ids[1]], await IdsAsync(blocking));
        Assert.Equal([ids[1]], await IdsAsync(blocking with { From = new(ids[3]) }));
        Assert.Equal([ids[3]], await IdsAsync(blocking with { Limit = 1 }));
        Assert.Equal(givenUp ? [ids[3], ids[1]] : [], await IdsAsync(blocking with { Status = StatusName.Failed }));
        Assert.Equal(givenUp ? [] : [ids[3], ids[1]], await IdsAsync(blocking with { Status = StatusName.Scheduled }));
        Assert.Equal([ids[2], ids[1], ids[0]], await IdsAsync(new() { Type = MessageType.Publish, Key = "a" }));
        Assert.Equal([ids[5]], await IdsAsync(new() { Type = MessageType.Publish, Key = "c", Status = StatusName.Scheduled }));
    }

    [Fact]
    public async Task Of_several_failed_rows_of_a_key_the_first_blocks_it()
    {
        var ids = await StoreAsync(Sample.Messages(3, key: "a"));
        var blocking = new MessageQuery { Type = MessageType.Publish, IsBlocking = true, Key = "a" };
        await FailAsync(ids[1], null);
        await FailAsync(ids[0], null);
        Assert.Equal([ids[0]], await IdsAsync(blocking));
        await ActAsync(MessageActionKind.Delete, Sample.Outbox, ids[0]);
        Assert.Equal([ids[1]], await IdsAsync(blocking));

        // Until it is settled: a person's retry does not let the others pass.
        await ActAsync(MessageActionKind.Retry, Sample.Outbox, ids[1]);
        Assert.Equal([ids[1]], await IdsAsync(blocking));
        await SucceedAsync(Sample.Outbox, ids[1]);
        Assert.Empty(await IdsAsync(blocking));
    }

    [Fact]
    public async Task What_blocks_a_key_is_found_in_its_own_group_and_box()
    {
        var mailing = new Lane(MessageType.Subscribe, "mailing.v1");
        var published = (await StoreAsync(Sample.Message(key: "a")))[0];
        var billed = await ReceiveOneAsync(Sample.Incoming(key: "a") with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.FromDays(1) });
        var mailed = await ReceiveOneAsync(Sample.Incoming(key: "a", lane: mailing));
        await FailAsync(published, null);
        await FailAsync(mailed, null, lane: mailing);
        var blocking = new MessageQuery { Type = MessageType.Subscribe, IsBlocking = true, Key = "a" };

        Assert.Equal([billed], await IdsAsync(blocking with { Group = Sample.Inbox.Name }));
        Assert.Equal([mailed], await IdsAsync(blocking with { Group = mailing.Name }));
        Assert.Equal([mailed, billed], (await IdsAsync(blocking)).OrderDescending());
        Assert.Equal([published], await IdsAsync(blocking with { Type = MessageType.Publish }));
    }
}
