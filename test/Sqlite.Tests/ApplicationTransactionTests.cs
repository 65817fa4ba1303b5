using System.Data;
using Cap.Conformance;
using Cap.Messages;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite.Tests;

public sealed class ApplicationTransactionTests
{
    [Fact]
    public async Task An_order_and_its_message_commit_together_with_Dapper()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect();
        connection.Execute("CREATE TABLE orders (Id INTEGER PRIMARY KEY, Item TEXT)");
        for (var round = 0; round < 2; round++)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("INSERT INTO orders (Item) VALUES (@item)", new { item = "book" }, transaction);
            await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction)), default);
            await (round == 0 ? transaction.CommitAsync() : transaction.RollbackAsync());
        }
        Assert.Equal(1, connection.ExecuteScalar<int>("SELECT count(*) FROM orders"));
        Assert.Equal(1, connection.ExecuteScalar<int>("SELECT count(*) FROM cap_published"));
    }

    [Fact]
    public async Task A_transaction_of_another_file_is_refused_with_both_paths()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect("elsewhere.db");
        using (var transaction = connection.BeginTransaction())
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => storage.Publish(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction))));
            Assert.Contains(file.Path, thrown.Message, StringComparison.Ordinal);
            Assert.Contains("elsewhere.db", thrown.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.BeginAsync(connection, IsolationLevel.Unspecified, default));
    }

    [Fact]
    public async Task The_same_file_by_another_path_is_the_same_file()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, file.Path);
        using var connection = new SqliteConnection($"Data Source={relative};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        storage.Publish(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction)));
        transaction.Commit();
        Assert.Single((await storage.FetchAsync(WritersTests.Everything(), default)).Messages);
    }

    [Fact]
    public async Task A_lane_that_was_rolled_back_does_not_mix_with_the_next()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        var (gone, kept) = (Sample.Outbox with { Name = "gone" }, Sample.Outbox with { Name = "kept" });
        using var connection = file.Connect();
        using (var transaction = connection.BeginTransaction())
        {
            // Twice: the second time the number is there, but not for good.
            storage.Publish(new(gone, [Sample.Message()], storage.Join(transaction)));
            storage.Publish(new(gone, [Sample.Message()], storage.Join(transaction)));
            transaction.Rollback();
        }
        storage.Publish(new(kept, [Sample.Message("of kept")], null));
        storage.Publish(new(gone, [Sample.Message("of gone")], null));
        Assert.Equal("of kept", Assert.Single((await storage.FetchAsync(WritersTests.Everything(kept), default)).Messages).Name);
        Assert.Equal("of gone", Assert.Single((await storage.FetchAsync(WritersTests.Everything(gone), default)).Messages).Name);
    }

    [Fact]
    public async Task A_batch_that_fails_halfway_leaves_nothing_and_the_transaction_usable()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect();
        using (var transaction = connection.BeginTransaction())
        {
            storage.Publish(new(Sample.Outbox, [Sample.Message("before")], storage.Join(transaction)));
            Assert.ThrowsAny<Exception>(() => storage.Publish(
                new(Sample.Outbox, [Sample.Message("half"), Sample.Message() with { Name = null! }], storage.Join(transaction))));
            storage.Publish(new(Sample.Outbox, [Sample.Message("after")], storage.Join(transaction)));
            transaction.Commit();
        }
        var rows = (await storage.FetchAsync(WritersTests.Everything(), default)).Messages;
        Assert.Equal(["before", "after"], rows.Select(row => row.Name));
    }

    [Fact]
    public async Task An_own_batch_that_fails_halfway_leaves_nothing()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        Assert.ThrowsAny<Exception>(() => storage.Publish(new(Sample.Outbox, [Sample.Message(), Sample.Message() with { Name = null! }], null)));
        Assert.Equal(new(0, 0, 0), await storage.CountAsync(MessageType.Publish, default));
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default);
        Assert.Equal(new(1, 0, 0), await storage.CountAsync(MessageType.Publish, default));
    }
}
