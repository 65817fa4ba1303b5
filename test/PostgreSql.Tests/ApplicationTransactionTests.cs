using System.Transactions;
using Cap.Conformance;
using Npgsql;

namespace Cap.PostgreSql.Tests;

public sealed class ApplicationTransactionTests
{
    [Fact]
    public async Task The_same_database_by_another_host_name_is_the_same_database()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var settings = new NpgsqlConnectionStringBuilder(schema.ConnectionString);
        settings.Host = settings.Host == "localhost" ? "127.0.0.1" : "localhost";
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message("one")], storage.Join(transaction)), default);
        storage.Publish(new(Sample.Outbox, [Sample.Message("two")], storage.Join(transaction)));
        await transaction.CommitAsync();
        Assert.Equal(["one", "two"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transaction_of_another_database_is_refused_and_stays_usable(bool withTablesOfItsOwn)
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var elsewhere = await TestSchema.ElsewhereAsync();
        await using var other = new PostgreSqlStorage(new() { ConnectionString = elsewhere, Schema = schema.Options.Schema });
        if (withTablesOfItsOwn)
            await other.InitializeAsync(TestSchema.Settings, default);

        await using var connection = new NpgsqlConnection(elsewhere);
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var thrown = await Assert.ThrowsAsync<InvalidOperationException>(
                () => storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction)), default));
            Assert.Contains("/cap_elsewhere", thrown.Message, StringComparison.Ordinal);
            Assert.Contains(schema.Options.Schema, thrown.Message, StringComparison.Ordinal);

            await using var command = new NpgsqlCommand("SELECT 1", connection);
            Assert.Equal(1, await command.ExecuteScalarAsync());
        }
        await using var drop = new NpgsqlCommand($"DROP SCHEMA IF EXISTS {schema.Options.Schema} CASCADE", connection);
        await drop.ExecuteNonQueryAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_published_outside_a_transaction_does_not_follow_an_ambient_one(bool ownsDataSource)
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var dataSource = NpgsqlDataSource.Create(schema.ConnectionString);
        await schema.StartAsync();
        var storage = ownsDataSource ? schema.Open() : schema.Open(o => (o.ConnectionString, o.DataSource) = (null, dataSource));
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            // The lane is made on the way, and must not be rolled back either.
            await TestSchema.PublishAsync(storage, Sample.Message());
            storage.Publish(new(Sample.Outbox, [Sample.Message()], null));
        }
        await TestSchema.PublishAsync(storage, Sample.Message());
        Assert.Equal(3, (await TestSchema.FetchAsync(storage)).Count);
    }

    [Fact]
    public async Task A_lane_first_used_in_a_transaction_that_rolls_back_works_afterwards()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await using (var transaction = storage.Begin(null, System.Data.IsolationLevel.Unspecified))
        {
            storage.Publish(new(Sample.Outbox, [Sample.Message()], transaction));
            transaction.Rollback();
        }
        await TestSchema.PublishAsync(storage, Sample.Message("after"));
        Assert.Equal("after", Assert.Single(await TestSchema.FetchAsync(schema.Open())).Name);
    }

    [Fact]
    public async Task The_application_keeps_its_data_source()
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var dataSource = NpgsqlDataSource.Create(schema.ConnectionString);
        var storage = new PostgreSqlStorage(new() { DataSource = dataSource, Schema = schema.Options.Schema });
        await storage.InitializeAsync(TestSchema.Settings, default);
        await storage.DisposeAsync();
        await using var command = dataSource.CreateCommand("SELECT 1");
        Assert.Equal(1, await command.ExecuteScalarAsync());
    }
}
