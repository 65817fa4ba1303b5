using Npgsql;

namespace Cap.PostgreSql.Tests;

public sealed class SchemaTests
{
    // Everything of a schema that the script decides.
    private const string Catalog = """
        SELECT 'table ' || c.relname || ' ' || c.relkind::text || ' ' || COALESCE(array_to_string(c.reloptions, ','), '')
            || COALESCE(pg_get_expr(c.relpartbound, c.oid), '') AS line
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{0}'
        UNION ALL
        SELECT 'column ' || c.relname || ' ' || a.attnum || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
            || a.attnotnull || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE n.nspname = '{0}' AND a.attnum > 0
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = '{0}'
        UNION ALL
        SELECT 'view ' || viewname || definition FROM pg_views WHERE schemaname = '{0}'
        UNION ALL
        SELECT 'setting ' || "Name" FROM "{0}".setting WHERE "Name" <> 'shards'
        UNION ALL
        SELECT 'slot ' || "Type" || ' ' || "Slot" || ("OpenedAt" IS NOT NULL) FROM "{0}".log_slot
        ORDER BY line
        """;

    [Fact]
    public async Task The_script_and_the_start_make_the_same_tables()
    {
        await using var started = await TestSchema.CreateAsync();
        await using var scripted = await TestSchema.CreateAsync();
        await started.StartAsync();
        await scripted.ExecuteAsync(scripted.Open().GetScript());

        var made = await started.ReadAsync(Catalog.Replace("{0}", started.Options.Schema, StringComparison.Ordinal));
        var written = await scripted.ReadAsync(Catalog.Replace("{0}", scripted.Options.Schema, StringComparison.Ordinal));
        Assert.True(made.Count > 300);
        Assert.Equal(
            made.Select(line => line.Replace(started.Options.Schema, "*", StringComparison.Ordinal)),
            written.Select(line => line.Replace(scripted.Options.Schema, "*", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Missing_tables_are_named_when_nobody_may_make_them()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = schema.Open(o => o.CreateTables = false);
        var thrown = await Assert.ThrowsAsync<CapException>(() => storage.InitializeAsync(TestSchema.Settings, default));
        Assert.Contains(schema.Options.Schema, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("GetScript", thrown.Message, StringComparison.Ordinal);

        await schema.ExecuteAsync(storage.GetScript());
        await storage.InitializeAsync(TestSchema.Settings, default);
        await TestSchema.PublishAsync(storage, Conformance.Sample.Message());
    }

    [Fact]
    public async Task Newer_tables_that_need_a_newer_library_are_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartAsync();
        await SetVersionsAsync(schema, version: 8, least: 7);
        var thrown = await Assert.ThrowsAsync<CapException>(() => schema.StartAsync());
        Assert.Contains("version 8", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("at least version 7", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {SchemaScript.Version}", thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>In a rolling deploy, a node of before must be able to start again.</summary>
    [Fact]
    public async Task Newer_tables_that_this_library_can_work_with_are_taken_and_left_alone()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartAsync();
        await SetVersionsAsync(schema, version: 8, least: SchemaScript.Version);
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Conformance.Sample.Message());
        Assert.Single(await TestSchema.FetchAsync(storage));

        // Neither does a script of before.
        await schema.ExecuteAsync(storage.GetScript());
        Assert.Equal(["8"], await schema.ReadAsync($"""SELECT "Value" FROM {schema.Tables.Setting} WHERE "Name" = '{SchemaScript.VersionSetting}'"""));
    }

    /// <summary>An index or a view that is made "if it does not exist" waits for everybody who writes or reads, and everybody else waits behind it.</summary>
    [Fact]
    public async Task The_script_run_again_waits_for_nobody_and_stops_nobody()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await using var connection = await schema.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var table in await schema.ReadAsync($"SELECT tablename FROM pg_tables WHERE schemaname = '{schema.Options.Schema}'"))
        {
            await using var touch = new NpgsqlCommand($"LOCK TABLE {schema.Options.Schema}.{table} IN ROW EXCLUSIVE MODE", connection);
            await touch.ExecuteNonQueryAsync();
        }
        await using var read = new NpgsqlCommand($"SELECT FROM {schema.Tables.Published.View}, {schema.Tables.Received.View}", connection);
        await read.ExecuteNonQueryAsync();

        // It gives up when it has to wait.
        await schema.ExecuteAsync(storage.GetScript());
    }

    private static Task SetVersionsAsync(TestSchema schema, int version, int least) =>
        schema.ExecuteAsync($"""
            UPDATE {schema.Tables.Setting} SET "Value" = '{version}' WHERE "Name" = '{SchemaScript.VersionSetting}';
            UPDATE {schema.Tables.Setting} SET "Value" = '{least}' WHERE "Name" = '{SchemaScript.LeastVersionSetting}';
            """);

    [Fact]
    public async Task Two_applications_share_a_schema_by_their_prefixes()
    {
        await using var schema = await TestSchema.CreateAsync();
        var shop = schema.Open(o => o.TableNamePrefix = "shop_");
        var crm = schema.Open(o => o.TableNamePrefix = "crm_");
        await shop.InitializeAsync(TestSchema.Settings, default);
        await crm.InitializeAsync(TestSchema.Settings with { ShardCount = 4 }, default);

        await TestSchema.PublishAsync(shop, Conformance.Sample.Message());
        Assert.Single(await TestSchema.FetchAsync(shop));
        Assert.Empty(await TestSchema.FetchAsync(crm));
        Assert.Single(await schema.ReadAsync($"SELECT * FROM {schema.Options.Schema}.shop_published"));
    }

    [Fact]
    public async Task The_longest_names_fit()
    {
        await using var schema = await TestSchema.CreateAsync(o => (o.Schema, o.TableNamePrefix) = (o.Schema.PadRight(40, 'x'), new('y', 40)));
        Assert.Empty(PostgreSqlOptionsCheck.Check(schema.Options));
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Conformance.Sample.Message());
        Assert.Single(await TestSchema.FetchAsync(storage));
        await storage.ExpireAsync(new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), default);
    }
}
