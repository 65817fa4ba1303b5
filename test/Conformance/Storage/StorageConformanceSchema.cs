
namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task Initializing_again_keeps_what_is_stored()
    {
        await PublishAsync(Sample.Message());
        await Storage.InitializeAsync(Settings, Stop);
        await Tables.Open().InitializeAsync(Settings, Stop);
        Assert.Single(await FetchAsync());
    }

    [Fact]
    public async Task Many_nodes_may_initialize_at_once()
    {
        await using var fresh = await CreateAsync();
        var nodes = Enumerable.Range(0, 8).Select(_ => fresh.Open()).ToArray();
        await Task.WhenAll(nodes.Select(node => Task.Run(() => node.InitializeAsync(Settings, Stop))));
        foreach (var node in nodes)
            await node.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), Stop);
        Assert.Equal(8, (await nodes[0].FetchAsync(Query(), Stop)).Messages.Count);
    }

    [Fact]
    public async Task Another_shard_count_is_refused_by_name_and_value()
    {
        var thrown = await Assert.ThrowsAnyAsync<CapException>(
            () => Tables.Open().InitializeAsync(Settings with { ShardCount = 24 }, Stop));
        Assert.Contains("16", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("24", thrown.Message, StringComparison.Ordinal);

        // Nothing was changed by the attempt.
        await Tables.Open().InitializeAsync(Settings, Stop);
    }

    [Fact]
    public async Task Another_keep_time_is_taken_over()
    {
        await Storage.InitializeAsync(Settings with { SucceededKeepTime = TimeSpan.FromHours(5) }, Stop);
        var id = (await StoreAsync(Sample.Message()))[0];
        await SucceedAsync(Sample.Outbox, id);
        var row = await FindOneAsync(id);
        Assert.Equal(row!.Added + TimeSpan.FromHours(5), row.ExpiresAt);
    }

    [Fact]
    public void The_storage_says_where_it_is() => Assert.False(string.IsNullOrWhiteSpace(Storage.Description));

    [Fact]
    public async Task The_script_makes_the_tables_and_may_be_run_again()
    {
        if (!HasDbTransactions)
            return;
        await using var fresh = await CreateAsync();
        var storage = fresh.Open();
        await using (var connection = await fresh.ConnectAsync())
        {
            for (var run = 0; run < 2; run++)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = storage.GetScript();
                await command.ExecuteNonQueryAsync(Stop);
            }
        }
        await storage.InitializeAsync(Settings, Stop);
        await storage.PublishAsync(new(Sample.Outbox, [Sample.Message()], null), Stop);
        Assert.Single((await storage.FetchAsync(Query(), Stop)).Messages);
    }
}
