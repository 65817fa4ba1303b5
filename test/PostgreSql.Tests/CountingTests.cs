using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;

namespace Cap.PostgreSql.Tests;

/// <summary>However much is stored, counting looks at a bounded number of rows, and says when it has not seen all of them.</summary>
public sealed class CountingTests
{
    [Fact]
    public async Task A_count_that_stopped_says_so()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await using var database = new Database(schema.Options, schema.Tables);
        var counting = new PostgreSqlCounting(database, schema.Tables, most: 5);

        await PublishAsync(4);
        await PublishAsync(2, delay: TimeSpan.FromHours(1));
        Assert.Equal(new(4, 2, 0), await CountAsync());
        await PublishAsync(3, key: "a");
        Assert.Equal(new(7, 2, 0), await CountAsync());

        await PublishAsync(3);
        Assert.Equal(new MessageCounts(8, 2, 0) { IsScheduledAtLeast = true }, await CountAsync());

        // One that was tried may lie behind the bound, so there may be more scheduled ones, too.
        await PublishAsync(7, delay: TimeSpan.FromHours(1));
        Assert.Equal(new MessageCounts(8, 5, 0) { IsScheduledAtLeast = true, IsDelayedAtLeast = true }, await CountAsync());

        for (var i = 0; i < 6; i++)
            await storage.ReceiveAsync([Sample.Incoming() with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.FromDays(1) }], default);
        Assert.Equal(new MessageCounts(0, 0, 5) { IsFailedAtLeast = true }, await CountAsync(MessageType.Subscribe));

        Task PublishAsync(int count, string? key = null, TimeSpan? delay = null) => TestSchema.PublishAsync(
            storage, [.. Enumerable.Range(0, count).Select(n => Sample.Message(shard: n, key: key) with { Delay = delay })]);

        async Task<MessageCounts> CountAsync(MessageType type = MessageType.Publish) =>
            await counting.CountAsync(schema.Tables.Of(type), default) with { Succeeded = 0 };
    }

    [Fact]
    public async Task Statistics_are_added_up_in_steps()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var (quiet, one) = (new long[Durations.Steps], new long[Durations.Steps]);
        one[5] = 1;
        foreach (var minute in new[] { 14, 16, 29 })
        {
            await storage.Monitoring.AddStatisticsAsync([new(Sample.Outbox, default, 1, 2, 3, one, quiet)], default);
            await schema.ExecuteAsync($"""UPDATE {schema.Tables.Statistics} SET "Minute" = '2020-01-01 10:{minute}Z' WHERE "Minute" > '2022-01-01'""");
        }

        var query = new StatisticsQuery(DateTimeOffset.UnixEpoch) { Step = TimeSpan.FromMinutes(15) };
        var steps = await storage.Monitoring.GetStatisticsAsync(query, default);
        Assert.Equal([(0, 1, 2, 3, 1), (15, 2, 4, 6, 2)], steps.Select(s => (s.Minute.Minute, (int)s.Succeeded, (int)s.Failed, (int)s.GivenUp, (int)s.Waited[5])));
        Assert.All(steps, step => Assert.Equal(0, step.Took.Sum()));
    }
}
