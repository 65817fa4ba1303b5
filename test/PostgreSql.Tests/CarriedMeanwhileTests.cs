using Cap.Conformance;
using Cap.Storage;

namespace Cap.PostgreSql.Tests;

/// <summary>
/// A fetch reads the due rows first and their messages second. A purge may carry a message to another slot in between: then the fetch
/// does not see it, and must not return the later ones of its key.
/// </summary>
public sealed class CarriedMeanwhileTests
{
    [Fact]
    public async Task What_follows_a_row_of_its_key_that_cannot_be_read_just_now_is_not_fetched()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var (a, b) = (Keyed("a"), Keyed("b"));
        await TestSchema.PublishAsync(storage, a("a1"), b("b1"), a("a2"), b("b2"), a("a3"), Sample.Message("free"));
        var carried = (await TestSchema.FetchAsync(storage)).First(m => m.Name == "a1").Id;

        // As the fetch's second statement sees it: the message is in another slot than the due row said.
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.Published.Log} SET "Slot" = {Tables.KeptSlot} WHERE "Id" = {carried}""");
        var batch = await storage.FetchAsync(Everything, default);
        Assert.Equal(["b1", "b2", "free"], batch.Messages.Select(m => m.Name).Order());
        Assert.True(batch.HasMore);

        await schema.ExecuteAsync($"""UPDATE {schema.Tables.Published.Due} SET "Slot" = {Tables.KeptSlot} WHERE "Id" = {carried}""");
        Assert.Equal(["a1", "a2", "a3"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name).Where(n => n[0] == 'a'));
    }

    private static DueQuery Everything =>
        new()
        {
            Lane = Sample.Outbox,
            Shards = [.. Enumerable.Range(0, 16).Select(shard => new ShardStart(shard, 0))],
            LimitPerShard = 1000,
            MaxBytes = long.MaxValue,
            Except = [],
        };

    private static Func<string, NewMessage> Keyed(string key) =>
        name => Sample.Message(name) with { Key = key, KeyHash = Messages.MessageKey.Hash(key), Shard = 3 };
}
