using System.Diagnostics;
using Cap.Messages;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_committed_message_reaches_every_group_once()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync("plain", "hello", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        Assert.Equal(2, Script.Begun.Count);
        Assert.All(Script.Ended, call => Assert.Equal("hello", call.Value));
    }

    [Fact]
    public async Task A_message_leaves_when_its_transaction_commits_and_not_before()
    {
        var node = await StartAsync();
        await using (await node.Publisher.BeginTransactionAsync(cancellationToken: Stop))
        {
            // Stays in the transaction to its end, which rolls it back.
            await node.Publisher.PublishAsync("plain", "rolled back", cancellationToken: Stop);
        }
        await using (var transaction = await node.Publisher.BeginTransactionAsync(cancellationToken: Stop))
        {
            await node.Publisher.PublishAsync("plain", "committed", cancellationToken: Stop);
            Assert.Equal(0, (await OutboxOfAnotherLook(node)).Scheduled);
            await transaction.CommitAsync(Stop);
        }
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        Assert.All(Script.Begun, call => Assert.Equal("committed", call.Value));
    }

    [Fact]
    public async Task A_rollback_said_aloud_keeps_the_message_in()
    {
        var node = await StartAsync();
        await using (var transaction = await node.Publisher.BeginTransactionAsync(cancellationToken: Stop))
        {
            await node.Publisher.PublishAsync("plain", "rolled back", cancellationToken: Stop);
            await transaction.RollbackAsync(Stop);
        }
        Assert.Null(node.Publisher.Transaction);
        await node.Publisher.PublishAsync("plain", "after", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        Assert.All(Script.Begun, call => Assert.Equal("after", call.Value));
    }

    [Fact]
    public async Task The_synchronous_way_does_the_same()
    {
        var node = await StartAsync();
        node.Publisher.Publish("plain", "sync");
        await Script.EndedAsync("one");
        Assert.Equal(["sync"], Script.Values("one"));
    }

    [Fact]
    public async Task A_thousand_messages_published_together_are_each_handled_once_per_group()
    {
        var node = await StartAsync();
        var ids = await node.Publisher.PublishAsync(Enumerable.Range(0, 1000).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        Assert.Equal(1000, ids.Distinct().Count());
        await Script.EndedAsync("one", 1000);
        await Script.EndedAsync("two", 1000);
        await node.SettledAsync();
        Assert.Equal(2000, Script.Begun.Count);
        Assert.Equal(1000, Script.Values("two").Distinct().Count());
    }

    [Fact]
    public async Task Headers_travel_and_the_group_is_added()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync("plain", "v", new Dictionary<string, string?> { ["tenant"] = "Zoë \"7\"" }, Stop);
        await Script.EndedAsync("one");
        var header = Script.Ended.First(c => c.Handler == "one").Header;
        Assert.Equal("Zoë \"7\"", header["tenant"]);
        Assert.EndsWith("one.v1", header[Headers.Group], StringComparison.Ordinal);
        Assert.Equal("plain", header[Headers.MessageName]);
        Assert.Equal(24, header[Headers.MessageId]!.Length);
    }

    [Fact]
    public async Task A_pattern_takes_what_fits()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync("topic.any.end", "fits", cancellationToken: Stop);
        await Script.EndedAsync("pattern");
        Assert.Equal(["fits"], Script.Values("pattern"));
    }

    [Fact]
    public async Task A_null_value_arrives_as_null()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync<string>("plain", null, cancellationToken: Stop);
        await Script.EndedAsync("one");
        Assert.Null(Script.Values("one").Single());
    }

    [Fact]
    public async Task The_answer_goes_to_the_callback_with_the_conversations_id()
    {
        var node = await StartAsync();
        var id = await node.Publisher.PublishAsync("question", "7?", new PublishOptions { CallbackName = "answer" }, Stop);
        Script.On("question", call => call.Header.AddResponseHeader("mood", "good"));
        await Script.EndedAsync("answer");
        var answer = Script.Ended.Single(c => c.Handler == "answer");
        Assert.Equal("answer to 7?", answer.Value);
        Assert.Equal(id, answer.Header[Headers.CorrelationId]);
        Assert.Equal("1", answer.Header[Headers.CorrelationSequence]);
    }

    [Fact]
    public async Task A_delayed_message_waits_for_its_time_and_not_much_longer()
    {
        var node = await StartAsync(cap => cap.PollingInterval = TimeSpan.FromMinutes(1));
        var delay = TimeSpan.FromMilliseconds(700);
        var watch = Stopwatch.StartNew();
        await node.Publisher.PublishDelayAsync(delay, "plain", "later", cancellationToken: Stop);
        await Script.EndedAsync("one");
        // Far below the polling interval: the worker knows when the next row falls due.
        Assert.InRange(watch.Elapsed, delay - TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Publishing_the_same_message_id_twice_has_one_effect()
    {
        var node = await StartAsync();
        var own = new PublishOptions { MessageId = "invoice 7" };
        await node.Publisher.PublishAsync("plain", "first", own, Stop);
        await node.Publisher.PublishAsync("plain", "second", own, Stop);
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        Assert.Single(Script.Values("one"));
        Assert.Single(Script.Values("two"));
    }

    private static Task<Storage.MessageCounts> OutboxOfAnotherLook(TestNode node) => node.Storage.CountAsync(MessageType.Publish, default);
}
