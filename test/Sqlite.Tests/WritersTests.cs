using System.Data;
using System.Diagnostics;
using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite.Tests;

public sealed class WritersTests
{
    [Fact]
    public async Task Thousands_of_publishes_by_many_connections_lose_nothing()
    {
        await using var file = new TestFile();
        await file.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var storage = await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromMinutes(1));
            using var connection = file.Connect();
            for (var i = 0; i < 500; i++)
            {
                if (i % 2 == 0)
                {
                    await storage.PublishAsync(new(Sample.Outbox, [Sample.Message(shard: writer)], null), default);
                    continue;
                }
                await using var transaction = await storage.BeginAsync(connection, IsolationLevel.Unspecified, default);
                await storage.PublishAsync(new(Sample.Outbox, [Sample.Message(shard: writer)], transaction), default);
                await transaction.CommitAsync(default);
            }
        })));

        using var reader = file.Connect();
        Assert.Equal(2000, reader.ExecuteScalar<int>("SELECT count(DISTINCT MessageId) FROM cap_published_log"));
        Assert.Equal(2000, reader.ExecuteScalar<int>("SELECT count(*) FROM cap_published_due"));
    }

    [Fact]
    public async Task A_transaction_held_open_makes_writers_wait_and_readers_not()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromMinutes(1));
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default);

        using var connection = file.Connect();
        await using var transaction = await connection.BeginTransactionAsync();
        storage.Publish(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction)));
        var row = Assert.Single((await storage.FetchAsync(Everything(), default)).Messages);
        var settle = Task.Run(() => storage.SettleAsync(new(Sample.Outbox, [row.Id], []), default));
        var lease = Task.Run(() => storage.UpdateLeasesAsync(_ => new(null, [], []), default));
        for (var i = 0; i < 20; i++)
            Assert.Single((await storage.FetchAsync(Everything(), default)).Messages);
        Assert.False(settle.IsCompleted || lease.IsCompleted);

        await transaction.CommitAsync();
        await Task.WhenAll(settle, lease);
        Assert.NotEqual(row.Id, Assert.Single((await storage.FetchAsync(Everything(), default)).Messages).Id);
    }

    [Fact]
    public async Task Waiting_for_a_writer_ends_with_the_busy_time_out()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(200));
        using var connection = file.Connect();
        using var held = connection.BeginTransaction();
        var request = new PublishRequest(Sample.Outbox, [Sample.Message()], null);
        Assert.Equal(5, (await Assert.ThrowsAsync<SqliteException>(() => storage.PublishAsync(request, default))).SqliteErrorCode);
        Assert.Equal(5, Assert.Throws<SqliteException>(() => storage.Publish(request)).SqliteErrorCode);
        Assert.Equal(5, (await Assert.ThrowsAsync<SqliteException>(() => storage.BeginAsync(null, IsolationLevel.Unspecified, default))).SqliteErrorCode);

        held.Rollback();
        await storage.PublishAsync(request, default);
        await using var after = await storage.BeginAsync(null, IsolationLevel.Unspecified, default);
    }

    [Fact]
    public async Task Publishing_beside_an_own_open_transaction_says_what_is_wrong()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(200));
        await using var open = await storage.BeginAsync(null, IsolationLevel.Unspecified, default);
        var thrown = await Assert.ThrowsAsync<SqliteException>(() => storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default));
        Assert.Contains("publish in the open transaction", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_line_of_short_transactions_makes_nobody_fail()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromSeconds(4));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            await using var transaction = await storage.BeginAsync(null, IsolationLevel.Unspecified, default);
            await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], transaction), default);

            // A handler at work: each well below the time-out, all together above it.
            var began = Stopwatch.GetTimestamp();
            await Eventually.BecomesTrueAsync(() => Stopwatch.GetElapsedTime(began).TotalMilliseconds >= 250);
            await transaction.CommitAsync(default);
        })));
        Assert.Equal(20, (await storage.CountAsync(MessageType.Publish, default)).Scheduled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transaction_takes_the_write_lock_when_it_begins(bool onConnectionOfTheApplication)
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect();
        await using var transaction = await storage.BeginAsync(onConnectionOfTheApplication ? connection : null, IsolationLevel.Unspecified, default);
        using var other = file.Connect();
        Assert.Equal(SQLitePCL.raw.SQLITE_BUSY, SQLitePCL.raw.sqlite3_exec(other.Handle, "BEGIN IMMEDIATE"));
    }

    internal static DueQuery Everything(Lane? lane = null) => new()
    {
        Lane = lane ?? Sample.Outbox,
        Shards = [.. Enumerable.Range(0, 16).Select(shard => new ShardStart(shard, 0))],
        LimitPerShard = 1000,
        MaxBytes = long.MaxValue,
        Except = [],
    };
}
