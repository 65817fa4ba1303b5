using Cap.Conformance;
using Cap.InMemory;
using Cap.Messages;

namespace Cap.Core.Tests.InMemory;

public sealed class InMemoryStorageTests : StorageConformance
{
    protected override bool HasDbTransactions => false;

    protected override Task<StorageUnderTest> CreateAsync()
    {
        var storage = new InMemoryStorage(TimeProvider.System);
        return Task.FromResult(new StorageUnderTest(() => storage));
    }

    [Fact]
    public async Task The_given_clock_decides_what_is_due()
    {
        var time = new FakeTimeProvider();
        var storage = new InMemoryStorage(time);
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message() with { Delay = TimeSpan.FromMinutes(1) }], null), default);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(TimeSpan.FromSeconds(1), (await storage.FetchAsync(Everything(), default)).NextDueIn);
        Assert.Equal(StatusName.Delayed, (await storage.FindAsync(new() { Type = MessageType.Publish }, default))[0].StatusName);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single((await storage.FetchAsync(Everything(), default)).Messages);
        Assert.Equal(StatusName.Scheduled, (await storage.FindAsync(new() { Type = MessageType.Publish }, default))[0].StatusName);
    }

    private static Cap.Storage.DueQuery Everything() => new()
    {
        Lane = Sample.Outbox,
        Shards = [new(0, 0)],
        LimitPerShard = 10,
        MaxBytes = long.MaxValue,
        Except = [],
    };
}
