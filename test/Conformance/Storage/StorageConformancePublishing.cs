using System.Data;
using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    /// <summary>Contents that have broken such tables before. Every byte must come back.</summary>
    public static TheoryData<string> NastyValues => new()
    {
        "null",
        "\"\"",
        "  { \"b\" : 1,\n\"a\": 2, \"a\": 1.50 } ",
        "\"Grüße, 世界, 👩‍👩‍👧 \u2028\"",
        "\"\\u0000 \\ud800 \\\\ \\\" ' ; -- $1 @p {0} %s\"",
        "12345678901234567890.123456789012345678901234567890",
    };

    [Fact]
    public async Task A_published_message_is_fetched_as_it_was_given()
    {
        var message = Sample.Message(shard: 7, key: "customer-1");
        await PublishAsync(message);

        var row = Assert.Single(await FetchAsync());
        Assert.True(row.Id > 0);
        Assert.Equal(7, row.Shard);
        Assert.Equal(message.KeyHash, row.KeyHash);
        Assert.Equal(0, row.Retries);
        Assert.Equal(message.MessageId, row.MessageId);
        Assert.Equal(message.Name, row.Name);
        Assert.Equal(message.Content.ToArray(), row.Content.ToArray());
    }

    [Fact]
    public async Task A_message_without_a_key_has_none()
    {
        await PublishAsync(Sample.Message());
        Assert.Null(Assert.Single(await FetchAsync()).KeyHash);
    }

    [Fact]
    public async Task Publishing_synchronously_stores_the_same()
    {
        var message = Sample.Message(key: "k");
        Storage.Publish(new(Sample.Outbox, [message], null));
        var row = Assert.Single(await FetchAsync());
        Assert.Equal(message.MessageId, row.MessageId);
        Assert.Equal(message.KeyHash, row.KeyHash);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ids_grow_in_the_order_of_publishing(bool synchronously)
    {
        var messages = Sample.Messages(1000);
        foreach (var part in messages.Chunk(400))
        {
            if (synchronously)
                Storage.Publish(new(Sample.Outbox, part, null));
            else
                await PublishAsync(part);
        }
        var rows = await FetchAsync();
        Assert.Equal(messages.Select(m => m.MessageId), rows.Select(r => r.MessageId));
        Assert.Equal(1000, rows.Select(r => r.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_is_seen_when_its_transaction_commits_and_not_before(bool synchronously)
    {
        await using var transaction = synchronously
            ? Storage.Begin(null, IsolationLevel.Unspecified)
            : await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        await PublishInAsync(transaction, synchronously, Sample.Message("first"));
        await PublishInAsync(transaction, synchronously, Sample.Message("second"), Sample.Message("third"));
        Assert.Empty(await FetchAsync());
        Assert.Empty(await Storage.FindAsync(new() { Type = MessageType.Publish }, Stop));
        Assert.False(transaction.IsCompleted);

        if (synchronously)
            transaction.Commit();
        else
            await transaction.CommitAsync(Stop);

        Assert.True(transaction.IsCompleted);
        Assert.Equal(["first", "second", "third"], (await FetchAsync()).Select(m => m.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rolled_back_message_is_gone(bool synchronously)
    {
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.ReadCommitted, Stop);
        await PublishInAsync(transaction, synchronously, Sample.Message());
        if (synchronously)
            transaction.Rollback();
        else
            await transaction.RollbackAsync(Stop);

        Assert.True(transaction.IsCompleted);
        await IsEmptyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposing_without_a_commit_rolls_back(bool synchronously)
    {
        var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        await PublishInAsync(transaction, synchronously, Sample.Message());
        if (synchronously)
            transaction.Dispose();
        else
            await transaction.DisposeAsync();

        Assert.True(transaction.IsCompleted);
        await IsEmptyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_finished_transaction_takes_no_message(bool committed)
    {
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        await (committed ? transaction.CommitAsync(Stop) : transaction.RollbackAsync(Stop));

        IsCallersMistake(await Record.ExceptionAsync(() => PublishInAsync(transaction, synchronously: false, Sample.Message())));
        IsCallersMistake(await Record.ExceptionAsync(() => PublishInAsync(transaction, synchronously: true, Sample.Message())));
        await IsEmptyAsync();
    }

    [Fact]
    public async Task Publishers_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            var node = await StartNodeAsync();
            for (var i = 0; i < 25; i++)
                await node.PublishAsync(new(Sample.Outbox, [Sample.Message(shard: n), Sample.Message(shard: n)], null), Stop);
        })));
        var rows = await FetchAsync();
        Assert.Equal(400, rows.Select(r => r.MessageId).Distinct().Count());
        Assert.Equal(400, rows.Select(r => r.Id).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(NastyValues))]
    public async Task Contents_come_back_byte_by_byte(string value)
    {
        var content = Sample.Content(value);
        var message = Sample.Message() with { Content = content };
        await PublishAsync(message);
        await ReceiveOneAsync(Sample.Incoming() with { Content = content });

        Assert.Equal(content, Assert.Single(await FetchAsync()).Content.ToArray());
        Assert.Equal(content, Assert.Single(await FetchAsync(Sample.Inbox)).Content.ToArray());
        Assert.Equal(Encoding.UTF8.GetString(content), (await FindOneAsync(MessageType.Publish, message.MessageId))!.Content);
    }

    [Fact]
    public async Task A_megabyte_comes_back()
    {
        var content = Sample.Content($"\"{string.Concat(Enumerable.Repeat("0123456789abcdé", 65536))}\"");
        await PublishAsync(Sample.Message() with { Content = content });
        await ReceiveOneAsync(Sample.Incoming() with { Content = content });
        foreach (var row in (await FetchAsync()).Concat(await FetchAsync(Sample.Inbox)))
            Assert.True(row.Content.Span.SequenceEqual(content));
    }

    [Theory]
    [InlineData("'; drop table published; --")]
    [InlineData("a \"quoted\" [name] `with` \\ everything %_*?")]
    [InlineData("Größe 世界 👩‍👩‍👧")]
    [InlineData(" ")]
    public async Task Names_keys_and_ids_of_any_text_come_back(string text)
    {
        await IsStoredAsync(text);
        await IsStoredAsync(text.PadRight(200, '.'));
        await IsStoredAsync(new string('世', 200));
    }

    private async Task IsStoredAsync(string text)
    {
        var id = MessageId.New(TimeProvider.System) + text;
        id = id.Length > 200 ? id[..200] : id;
        await PublishAsync(Sample.Message(text, key: text) with { MessageId = id });
        await ReceiveOneAsync(Sample.Incoming(id, text) with { Name = text });

        foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
        {
            var row = await FindOneAsync(type, id);
            Assert.Equal(text, row!.Name);
            Assert.Equal(text, row.Key);
            Assert.Contains(row.Id, (await Storage.FindAsync(new() { Type = type, Name = text }, Stop)).Select(m => m.Id));
        }
        Assert.Equal(text, (await FetchAsync()).Single(m => m.MessageId == id).Name);
    }

    private async Task IsEmptyAsync()
    {
        Assert.Empty(await FetchAsync());
        Assert.Empty(await Storage.FindAsync(new() { Type = MessageType.Publish }, Stop));
        Assert.Equal(new(0, 0, 0), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    private async Task PublishInAsync(StorageTransaction transaction, bool synchronously, params NewMessage[] messages)
    {
        if (synchronously)
            Storage.Publish(new(Sample.Outbox, messages, transaction));
        else
            await Storage.PublishAsync(new(Sample.Outbox, messages, transaction), Stop);
    }
}
