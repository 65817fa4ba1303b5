using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;
using Dapper;

namespace Cap.Sqlite.Tests;

/// <summary>However much is stored, counting looks at a bounded number of rows, and says when it has not seen all of them.</summary>
public sealed class CountingTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(3_000, false)]
    [InlineData(3_000, true)]
    public async Task Counting_searches_indexes_and_scans_no_messages(int rows, bool isAnalyzed)
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        // The worst there is for an index of shards: all in one.
        await storage.PublishAsync(new(Sample.Outbox, [.. Enumerable.Range(0, rows).Select(_ => Sample.Message() with { Delay = TimeSpan.FromHours(1) })], null), default);
        if (isAnalyzed)
        {
            using var connection = file.Connect();
            connection.Execute("ANALYZE main");
        }

        using var database = Open(file);
        var counting = new Counting(database, new(database));
        foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
        {
            NoScan(database, type, counting.CountsOfShard(type), ("$lane", 1), ("$shard", 0), ("$now", 1), ("$mostDue", 1), ("$mostFailed", 1), ("$mostLater", 1));
            NoScan(database, type, counting.Stored(type));
            NoScan(database, type, counting.BacklogOfShard(type), ("$lane", 1), ("$shard", 0), ("$now", 1), ("$most", 1));
        }
    }

    [Fact]
    public async Task A_count_that_stopped_says_so()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var database = Open(file);
        var counting = new Counting(database, new(database), most: 5, mostOfLane: 3);

        await PublishAsync(4);
        Assert.Equal(new(4, 0, 0), counting.Count(MessageType.Publish));
        Assert.True(Assert.Single(counting.Backlogs()) is { Due: 3, IsAtLeast: true, OldestAge: not null });

        // What is due comes from one end of the index, what waits from the other: neither hides the other.
        await PublishAsync(2, TimeSpan.FromHours(1));
        await PublishAsync(4);
        Assert.Equal(new MessageCounts(5, 2, 0) { IsScheduledAtLeast = true, Succeeded = 3 }, counting.Count(MessageType.Publish));

        // One that was tried may lie behind the bound, so there may be more scheduled ones, too.
        await PublishAsync(7, TimeSpan.FromHours(1));
        var counts = counting.Count(MessageType.Publish);
        Assert.Equal((5, true, true, false), (counts.Delayed, counts.IsScheduledAtLeast, counts.IsDelayedAtLeast, counts.IsFailedAtLeast));
        Assert.Equal(new(0, 0, 0), counting.Count(MessageType.Subscribe));

        Task PublishAsync(int count, TimeSpan? delay = null) => storage.PublishAsync(
            new(Sample.Outbox, [.. Enumerable.Range(0, count).Select(n => Sample.Message(shard: n) with { Delay = delay })], null), default);
    }

    [Fact]
    public async Task What_was_given_up_is_counted_up_to_the_bound()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        for (var i = 0; i < 3; i++)
            await storage.ReceiveAsync([Sample.Incoming(shard: i) with { Rejected = Sample.Attempt() }], default);
        using var database = Open(file);
        Assert.Equal(new(0, 0, 3), new Counting(database, new(database)).Count(MessageType.Subscribe));
        var counts = new Counting(database, new(database), most: 2).Count(MessageType.Subscribe);
        Assert.Equal((2, true, false), (counts.Failed, counts.IsFailedAtLeast, counts.IsScheduledAtLeast));
    }

    [Fact]
    public async Task Statistics_are_added_up_in_steps()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect();
        var (quiet, one) = (new long[Durations.Steps], new long[Durations.Steps]);
        one[5] = 1;
        foreach (var minute in new[] { 14, 16, 29 })
        {
            await storage.Monitoring.AddStatisticsAsync([new(Sample.Outbox, default, 1, 2, 3, one, quiet)], default);
            var at = Clock.Micros(new DateTimeOffset(2020, 1, 1, 10, minute, 0, TimeSpan.Zero));
            connection.Execute("UPDATE cap_statistics SET Minute = @at WHERE Minute > @latest", new { at, latest = Clock.Micros(DateTimeOffset.UnixEpoch.AddYears(52)) });
        }

        var query = new StatisticsQuery(DateTimeOffset.UnixEpoch) { Step = TimeSpan.FromMinutes(15) };
        var steps = await storage.Monitoring.GetStatisticsAsync(query, default);
        Assert.Equal([(0, 1, 2, 3, 1), (15, 2, 4, 6, 2)], steps.Select(s => (s.Minute.Minute, (int)s.Succeeded, (int)s.Failed, (int)s.GivenUp, (int)s.Waited[5])));
        Assert.All(steps, step => Assert.Equal(0, step.Took.Sum()));
    }

    private static void NoScan(Database database, MessageType type, string sql, params (string Name, object? Value)[] parameters)
    {
        var plan = database.Read((connection, transaction) =>
        {
            using var explain = new Statement(connection, transaction, $"EXPLAIN QUERY PLAN {sql}");
            // Before 3.36 it says "SEARCH TABLE".
            return explain.All(row => row.GetString(3).Replace(" TABLE ", " ", StringComparison.Ordinal), parameters);
        });
        Assert.NotEmpty(plan);
        Assert.DoesNotContain(plan, step => step.Contains("BLOOM", StringComparison.Ordinal));
        foreach (var table in new[] { database.Tables.Log(type), database.Tables.Due(type) })
        {
            Assert.DoesNotContain(plan, step => step.StartsWith($"SCAN {table}", StringComparison.Ordinal));
            Assert.True(!sql.Contains($"FROM {table}", StringComparison.Ordinal) || plan.Any(step => step.StartsWith($"SEARCH {table}", StringComparison.Ordinal)), $"{sql}\n{string.Join('\n', plan)}");
        }
    }

    private static Database Open(TestFile file) => new(new() { ConnectionString = file.ConnectionString }, TimeProvider.System);
}
