using Cap.Conformance;

namespace Cap.PostgreSql.Tests;

public sealed class LargeBatchTests
{
    [Fact]
    public async Task A_batch_too_large_for_a_statement_is_stored_in_several()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await using var database = new Database(schema.Options, schema.Tables);
        var receiving = new PostgreSqlReceiving(database, new(database, schema.Tables), schema.Tables, maxStatementBytes: 100);
        var messages = Enumerable.Range(0, 20).Select(_ => Sample.Incoming()).ToList();
        messages.Insert(7, Sample.Incoming() with { Content = Sample.Content(new string('1', 1000)) });
        messages.Insert(15, messages[0]);

        var ids = await receiving.ReceiveAsync(messages, default);
        Assert.Null(ids[15]);
        Assert.Equal(21, ids.OfType<long>().Distinct().Count());
        Assert.Equal(ids.OfType<long>().Order(), ids.OfType<long>());
        Assert.Equal(
            messages.Where((_, i) => i != 15).Select(m => m.MessageId),
            (await TestSchema.FetchAsync(storage, Sample.Inbox)).Select(m => m.MessageId));
        Assert.All(await receiving.ReceiveAsync(messages, default), Assert.Null);
    }
}
