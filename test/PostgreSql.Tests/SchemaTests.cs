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
    public async Task Tables_of_a_newer_library_are_refused()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartAsync();
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.Setting} SET "Value" = '7' WHERE "Name" = '{SchemaScript.VersionSetting}'""");
        var thrown = await Assert.ThrowsAsync<CapException>(() => schema.StartAsync());
        Assert.Contains("version 7", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {SchemaScript.Version}", thrown.Message, StringComparison.Ordinal);
    }

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
