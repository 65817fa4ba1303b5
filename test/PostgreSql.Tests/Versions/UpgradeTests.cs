using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>Tables of earlier versions become those of today in place, beside nodes of both versions.</summary>
public sealed class UpgradeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Rows_in_every_state_come_through_an_upgrade(int version)
    {
        await using var schema = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(schema, version);
        var storage = schema.Open();
        await FillAsync(storage);
        var before = await FindAllAsync(storage);

        await storage.InitializeAsync(TestSchema.Settings, default);
        var after = await FindAllAsync(storage);
        Assert.Equal(9, before.Count);
        Assert.Equal(before, after);
        Assert.Equal(4, (await TestSchema.FetchAsync(storage)).Count);
        Assert.Single(await TestSchema.FetchAsync(storage, Sample.Inbox));
        await storage.ExpireAsync(new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), default);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Upgraded_tables_are_those_that_are_made_today_and_only_have_more_than_before(int version)
    {
        await using var upgraded = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(upgraded, version);
        var before = await CatalogAsync(upgraded);
        await upgraded.StartAsync();
        await using var fresh = await TestSchema.CreateAsync();
        await fresh.StartAsync();

        var after = await CatalogAsync(upgraded);
        Assert.Equal(await CatalogAsync(fresh), after);
        Assert.Subset(after.ToHashSet(), before.ToHashSet());
        // What a node of before does not name must not be asked of it. Tables it does not know are nothing to it.
        var known = before.Where(IsColumn).Select(TableOf).ToHashSet();
        Assert.All(after.Except(before).Where(line => IsColumn(line) && known.Contains(TableOf(line))), column => Assert.True(column.EndsWith("null", StringComparison.Ordinal) || column.Contains("default", StringComparison.Ordinal), column));
    }

    /// <summary>Whoever is in the middle of a transaction that has published, received or looked, is neither waited for nor stopped.</summary>
    [Fact]
    public async Task An_upgrade_does_not_wait_for_applications_at_work()
    {
        await using var schema = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(schema);
        var storage = schema.Open();
        await using var connection = await schema.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], storage.Join(transaction)), default);
        await using var look = new NpgsqlCommand($"SELECT FROM {schema.Tables.Published.View}, {schema.Tables.Received.View}", connection);
        await look.ExecuteNonQueryAsync();

        await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Sample.Message());
        await transaction.CommitAsync();
        Assert.Equal(2, (await TestSchema.FetchAsync(storage)).Count);
    }

    /// <summary>A backup holds a lock on every table for hours. Heartbeats that wait behind the upgrade must go on before leases end.</summary>
    [Fact]
    public async Task An_upgrade_that_has_to_wait_lets_the_others_pass()
    {
        await using var schema = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(schema);
        await using var connection = await schema.ConnectAsync();
        await using var backup = await connection.BeginTransactionAsync();
        await using var read = new NpgsqlCommand($"SELECT FROM {schema.Tables.Node}", connection);
        await read.ExecuteNonQueryAsync();

        var upgrade = schema.StartAsync();
        await Eventually.BecomesTrueAsync(async () =>
            (await schema.ReadAsync($"SELECT FROM pg_locks WHERE NOT granted AND relation = '{schema.Tables.Node}'::regclass")).Count > 0);
        await EarlierVersion.BeatAsync(schema, "old");
        Assert.False(upgrade.IsCompleted);
        await backup.RollbackAsync();
        await upgrade;
        Assert.Equal([$"{SchemaScript.Version}"], await VersionAsync(schema));
    }

    [Fact]
    public async Task Nodes_of_version_1_go_on_beside_new_ones_and_can_be_told_apart()
    {
        await using var schema = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(schema);
        await EarlierVersion.BeatAsync(schema, "old");
        var storage = await schema.StartAsync();
        await storage.UpdateLeasesAsync(_ => new(new("new", DateTimeOffset.MaxValue, [Sample.Outbox]), [], []), default);
        await EarlierVersion.BeatAsync(schema, "old");
        await EarlierVersion.BeatAsync(schema, "old, started again");

        Assert.Equal(
            [$"new|{SchemaScript.Version}|True", "old|1|False", "old, started again|1|False"],
            await schema.ReadAsync($"""SELECT "Name", "SchemaVersion", "JoinedAt" IS NOT NULL FROM {schema.Tables.Node} ORDER BY 1"""));
        LeaseTable? table = null;
        await storage.UpdateLeasesAsync(t => { table = t; return new(null, [], []); }, default);
        Assert.Equal(3, table!.Nodes.Count);

        await TestSchema.PublishAsync(storage, Sample.Message());
        var lane = short.Parse((await schema.ReadAsync($"""SELECT "Id" FROM {schema.Tables.Lane}""")).Single());
        await EarlierVersion.PublishAsync(schema, lane, "from-old");
        var rows = await TestSchema.FetchAsync(storage);
        Assert.Contains(rows, row => row.MessageId == "from-old");
        await EarlierVersion.SettleAsync(schema, [.. rows.Select(row => row.Id)]);
        Assert.Empty(await TestSchema.FetchAsync(storage));
    }

    [Fact]
    public async Task A_node_keeps_the_time_it_joined()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var joined = $"""SELECT "JoinedAt"::text FROM {schema.Tables.Node}""";
        await storage.UpdateLeasesAsync(_ => new(new("n", DateTimeOffset.UnixEpoch, [Sample.Outbox]), [], []), default);
        var first = await schema.ReadAsync(joined);
        await storage.UpdateLeasesAsync(_ => new(new("n", DateTimeOffset.MaxValue, [Sample.Outbox]), [], []), default);
        Assert.Equal(first, await schema.ReadAsync(joined));
    }

    /// <summary>For people who own their schema.</summary>
    [Fact]
    public async Task The_script_upgrades_too_and_without_it_old_tables_are_refused_by_name()
    {
        await using var schema = await TestSchema.CreateAsync();
        await EarlierVersion.MakeAsync(schema);
        var storage = schema.Open(o => o.CreateTables = false);
        var thrown = await Assert.ThrowsAsync<CapException>(() => storage.InitializeAsync(TestSchema.Settings, default));
        Assert.Contains("GetScript", thrown.Message, StringComparison.Ordinal);
        await schema.ExecuteAsync(storage.GetScript());
        await storage.InitializeAsync(TestSchema.Settings, default);
    }

    /// <summary>Fresh, keyed, delayed, failed and waiting, given up, succeeded; received and waiting, rejected, succeeded.</summary>
    private static async Task FillAsync(PostgreSqlStorage storage)
    {
        await TestSchema.PublishAsync(storage, Sample.Messages(3));
        var ids = (await TestSchema.FetchAsync(storage)).Select(row => row.Id).ToList();
        await storage.SettleAsync(
            new(
                Sample.Outbox,
                [ids[0]],
                [
                    new(ids[1], Sample.Attempt(), TimeSpan.Zero, TimeSpan.FromDays(1)),
                    new(ids[2], Sample.Attempt(), null, TimeSpan.FromDays(1)),
                ]),
            default);
        await TestSchema.PublishAsync(storage, Sample.Message(), Sample.Message(key: "a"), Sample.Message(key: "a"), Sample.Message() with { Delay = TimeSpan.FromDays(1) });
        var received = await storage.ReceiveAsync([Sample.Incoming(), Sample.Incoming()], default);
        await storage.SettleAsync(new(Sample.Inbox, [received[0]!.Value], []), default);
    }

    private static async Task<List<StoredMessage>> FindAllAsync(PostgreSqlStorage storage) =>
        [
            .. await storage.FindAsync(new() { Type = MessageType.Publish, Limit = 100 }, default),
            .. await storage.FindAsync(new() { Type = MessageType.Subscribe, Limit = 100 }, default),
        ];

    private static Task<List<string>> VersionAsync(TestSchema schema) =>
        schema.ReadAsync($"""SELECT "Value" FROM {schema.Tables.Setting} WHERE "Name" = '{SchemaScript.VersionSetting}'""");

    private static string TableOf(string column) => column.Split(' ')[1];

    private static bool IsColumn(string line) => line.StartsWith("column", StringComparison.Ordinal);

    private static async Task<List<string>> CatalogAsync(TestSchema schema) =>
        [
            .. (await schema.ReadAsync($"""
                SELECT 'column ' || c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                    || CASE WHEN a.attnotnull THEN ' not null at all' ELSE ' null' END AS line
                  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE n.nspname = '{schema.Options.Schema}' AND a.attnum > 0
                UNION ALL
                SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = '{schema.Options.Schema}'
                UNION ALL
                SELECT 'view ' || viewname || definition FROM pg_views WHERE schemaname = '{schema.Options.Schema}'
                ORDER BY line
                """)).Select(line => line.Replace(schema.Options.Schema, "*", StringComparison.Ordinal)),
        ];
}
