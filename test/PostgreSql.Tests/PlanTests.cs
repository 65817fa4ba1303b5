using Cap.Conformance;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>
/// What the planner makes of the hot statements: on tables that are empty, young and grown, without statistics, with a plan for these
/// values and with one for any.
/// </summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData(0, "force_generic_plan")]
    [InlineData(100, "force_generic_plan")]
    [InlineData(50_000, "force_generic_plan")]
    [InlineData(50_000, "force_custom_plan")]
    public async Task Fetching_walks_the_indexes(int rows, string mode)
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await FillAsync(schema, storage, rows);

        await using var connection = await schema.ConnectAsync();
        var database = new Database(schema.Options, schema.Tables);
        await using var _ = database;
        var query = new DueQuery { Lane = Sample.Outbox, Shards = [], LimitPerShard = 1, MaxBytes = 1, Except = [] };
        var fetching = new PostgreSqlFetching(database, new(database, schema.Tables), schema.Tables);
        var due = await PlanAsync(
            connection, mode, "smallint, smallint[], bigint[], bigint[], integer, bigint[], bigint[]",
            fetching.FindBatch(query, 1, [], connection).BatchCommands[1].CommandText, "1, '{0,1,2,3,4,5,6,7}', '{0,0,0,0,0,0,0,0}', '{}', 100, '{0,0,0,0,0,0,0,0}', '{}'");
        var load = await PlanAsync(
            connection, mode, "smallint, bigint[]",
            fetching.LoadBatch(Sample.Outbox, [(0, [1])], connection).BatchCommands[1].CommandText, "0, '{1,2,3}'");

        Assert.DoesNotContain("Seq Scan", due, StringComparison.Ordinal);
        Assert.DoesNotContain("Bitmap", due, StringComparison.Ordinal);
        Assert.DoesNotContain("JIT", due, StringComparison.Ordinal);
        Assert.Contains("using published_due_fresh", due, StringComparison.Ordinal);
        Assert.Contains("using published_due_keyed", due, StringComparison.Ordinal);
        Assert.Contains("using published_due_later", due, StringComparison.Ordinal);
        Assert.Contains("using published_due_blocking", due, StringComparison.Ordinal);
        Assert.Equal(5, Count(due, "hashed SubPlan"));
        Assert.Equal(2, Count(due, "using published_due_later"));
        Assert.DoesNotContain("Sort", due, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", load, StringComparison.Ordinal);
        Assert.DoesNotContain("Bitmap", load, StringComparison.Ordinal);
        Assert.Equal(1, Count(load, "using published_log_"));
        Assert.Contains("using published_log_0_pkey", load, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "force_generic_plan")]
    [InlineData(50_000, "force_generic_plan")]
    [InlineData(50_000, "force_custom_plan")]
    public async Task Settling_goes_by_the_key(int rows, string mode)
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await FillAsync(schema, storage, rows);
        await using var connection = await schema.ConnectAsync();
        var plan = await PlanAsync(connection, mode, "bigint[]", $"""DELETE FROM {schema.Tables.Published.Due} WHERE "Id" = ANY($1)""", "'{1,2,3}'");
        Assert.Contains("using published_due_pkey", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true, "force_generic_plan")]
    [InlineData(50_000, true, "force_generic_plan")]
    [InlineData(50_000, false, "force_generic_plan")]
    [InlineData(50_000, true, "force_custom_plan")]
    public async Task What_blocks_a_key_is_found_in_the_index_of_failed_keys(int rows, bool ofOneKey, string mode)
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await FillAsync(schema, storage, rows);
        await using var connection = await schema.ConnectAsync();
        var query = new MessageQuery { Type = Messages.MessageType.Publish, IsBlocking = true, Key = ofOneKey ? "key 7" : null };
        var find = new FindSql(schema.Tables, query, default, null, new(query)).Blocking(100).CommandText;
        var plan = await PlanAsync(connection, mode, ofOneKey ? "bigint" : "", find, ofOneKey ? "7" : "");
        Assert.True(Count(plan, "using published_due_blocking") == 2, plan);
        Assert.DoesNotContain("using published_due_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on published", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("force_generic_plan", true)]
    [InlineData("force_custom_plan", true)]
    [InlineData("force_generic_plan", false)]
    [InlineData("force_custom_plan", false)]
    public async Task Receiving_compares_nothing_with_everything(string mode, bool readable)
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartAsync();
        await using var connection = await schema.ConnectAsync();
        const string common = "smallint[], smallint[], bytea[], text[], text[], text[], bigint[], bytea[]";
        var sql = new ReceiveSql(schema.Tables);
        var plan = readable
            ? await PlanAsync(connection, mode, $"smallint, {common}", sql.Readable, $"1, {Empty(8)}")
            : await PlanAsync(connection, mode, $"smallint[], {common}, integer[], timestamptz[], text[], interval[], text[], interval[]", sql.Any, Empty(15));
        Assert.Contains("hashed SubPlan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Nested Loop", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Join", plan, StringComparison.Ordinal);
    }

    private static async Task FillAsync(TestSchema schema, PostgreSqlStorage storage, int rows)
    {
        // Nobody may come and gather statistics.
        await schema.ExecuteAsync($"ALTER TABLE {schema.Tables.Published.Due} SET (autovacuum_enabled = false)");
        for (var left = rows; left > 0; left -= 5000)
        {
            await TestSchema.PublishAsync(
                storage, [.. Enumerable.Range(0, Math.Min(left, 5000)).Select(n => Sample.Message(shard: n % 16, key: n % 2 == 0 ? $"key {n % 100}" : null))]);
        }
    }

    private static string InBrackets(string list) => list.Length == 0 ? "" : $"({list})";

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string mode, string types, string statement, string values)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var prepare = new NpgsqlCommand($"{IndexPlans.Sql}; SET LOCAL plan_cache_mode = {mode}; PREPARE planned{InBrackets(types)} AS {statement}", connection);
        await prepare.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"EXPLAIN EXECUTE planned{InBrackets(values)}", connection);
        var lines = new List<string>();
        await using (var reader = await explain.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                lines.Add(reader.GetString(0));
        }
        await using var deallocate = new NpgsqlCommand("DEALLOCATE planned", connection);
        await deallocate.ExecuteNonQueryAsync();
        return string.Join('\n', lines);
    }

    private static string Empty(int arrays) => string.Join(", ", Enumerable.Repeat("'{}'", arrays));

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
