using Cap.Conformance;
using Cap.Storage;
using Dapper;

namespace Cap.Sqlite.Tests;

public sealed class SchemaTests
{
    private static readonly StorageSettings Settings = new(16, TimeSpan.FromHours(1));

    [Fact]
    public async Task Newer_tables_that_need_a_newer_library_are_refused()
    {
        await using var file = new TestFile();
        await file.StartAsync();
        SetVersions(file, version: 99, least: 98);
        var thrown = await Assert.ThrowsAsync<CapException>(() => file.Open().InitializeAsync(Settings, default));
        Assert.Contains("version 99", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("at least version 98", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(file.Path, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newer_tables_that_this_library_can_work_with_are_taken_and_left_alone()
    {
        await using var file = new TestFile();
        await file.StartAsync();
        SetVersions(file, version: 99, least: SchemaScript.Version);
        var storage = await file.StartAsync();
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default);
        using var connection = file.Connect();
        Assert.Equal("99", connection.ExecuteScalar<string>("SELECT Value FROM cap_setting WHERE Name = 'SchemaVersion'"));
    }

    private static void SetVersions(TestFile file, int version, int least)
    {
        using var connection = file.Connect();
        connection.Execute("UPDATE cap_setting SET Value = @version WHERE Name = 'SchemaVersion'", new { version });
        connection.Execute("UPDATE cap_setting SET Value = @least WHERE Name = 'LeastSchemaVersion'", new { least });
    }

    [Fact]
    public async Task Missing_tables_are_named_with_the_remedy_and_the_script_makes_them()
    {
        await using var file = new TestFile();
        var storage = file.Open(options => options.CreateTables = false);
        var thrown = await Assert.ThrowsAsync<CapException>(() => storage.InitializeAsync(Settings, default));
        Assert.Contains("GetScript", thrown.Message, StringComparison.Ordinal);

        using (var connection = file.Connect())
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(storage.GetScript(), transaction: transaction);
            transaction.Commit();
        }
        await storage.InitializeAsync(Settings, default);
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default);
    }

    [Fact]
    public async Task The_script_does_not_take_back_a_newer_version()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        using var connection = file.Connect();
        connection.Execute("UPDATE cap_setting SET Value = '99' WHERE Name = 'SchemaVersion'");
        connection.Execute(storage.GetScript());
        Assert.Equal("99", connection.ExecuteScalar<string>("SELECT Value FROM cap_setting WHERE Name = 'SchemaVersion'"));
    }

    [Fact]
    public async Task The_file_gets_a_write_ahead_log()
    {
        await using var file = new TestFile();
        await file.StartAsync();
        using var connection = file.Connect();
        Assert.Equal("wal", connection.ExecuteScalar<string>("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Two_prefixes_share_a_file_without_seeing_each_other()
    {
        await using var file = new TestFile();
        var one = await file.StartAsync();
        var other = await file.StartAsync(options => options.TableNamePrefix = "shop_");
        await one.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), default);
        Assert.Equal(1, (await one.CountAsync(Messages.MessageType.Publish, default)).Scheduled);
        Assert.Equal(0, (await other.CountAsync(Messages.MessageType.Publish, default)).Scheduled);
        using var connection = file.Connect();
        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT count(*) FROM shop_published"));
    }

    [Fact]
    public async Task A_start_beside_an_open_transaction_does_not_wait()
    {
        await using var file = new TestFile();
        await file.StartAsync();
        using var connection = file.Connect();
        using var transaction = connection.BeginTransaction();
        await file.StartAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(100));
        transaction.Rollback();
    }

    [Fact]
    public async Task A_file_of_another_encoding_is_refused()
    {
        await using var file = new TestFile();
        using (var connection = file.Connect())
            connection.Execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE orders (Id INTEGER)");
        var thrown = await Assert.ThrowsAsync<CapException>(() => file.Open().InitializeAsync(Settings, default));
        Assert.Contains("UTF-16le", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Fetching_scans_no_table(int type)
    {
        await using var file = new TestFile();
        await file.StartAsync();
        using var connection = file.Connect();
        var sql = new FetchSql(new("cap_"), (Messages.MessageType)type);
        foreach (var statement in new[] { sql.Fresh, sql.Timed, sql.Next, sql.Load })
        {
            string[] plan = [.. connection.Query("EXPLAIN QUERY PLAN " + statement, new { lane = 1, shard = 1, from = 0, now = 1, id = 1 })
                .Select(row => (string)row.detail)];
            Assert.NotEmpty(plan);
            if (statement == sql.Fresh || statement == sql.Timed)
                Assert.Contains(plan, step => step.Contains("_due_key", StringComparison.Ordinal));
            Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal) || step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }
}
