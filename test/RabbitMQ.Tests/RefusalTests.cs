using Cap.Conformance;
using Cap.Transport;
using RabbitMQ.Client;

namespace Cap.RabbitMQ.Tests;

/// <summary>Messages the broker or the protocol will not take: each is refused alone.</summary>
public sealed class RefusalTests : RabbitMQTest
{
    [Fact]
    public async Task A_queue_that_takes_no_more_refuses()
    {
        await ConfigureAsync(options =>
        {
            options.QueueArguments.QueueType = "classic";
            options.QueueArguments.Others["x-max-length"] = 3;
            options.QueueArguments.Others["x-overflow"] = "reject-publish";
        });
        await (await SubscribeAsync("x")).DisposeAsync();

        var results = await Transport.SendAsync([.. Enumerable.Range(0, 5).Select(i => NewMessage("x", $"{i}"))], Stop);

        Assert.Equal(
            [SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Refused, SendOutcome.Refused], OutcomesOf(results));
        Assert.Contains("refused 'x'", results[4].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unroutable_message_is_refused_by_name()
    {
        var result = await SendOneAsync(NewMessage("order.placed", "1"));

        Assert.Equal(SendOutcome.Refused, result.Outcome);
        Assert.Contains($"'order.placed' is unroutable: no queue is bound for it at exchange '{Exchange}'", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unroutable_message_counts_as_sent_when_no_route_is_required()
    {
        await ConfigureAsync(options => options.RequireRoute = false);

        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("order.placed", "1"))).Outcome);
    }

    [Fact]
    public async Task Among_many_the_unroutable_ones_are_the_refused_ones()
    {
        await using var subscription = await SubscribeAsync("x");
        var messages = Enumerable.Range(0, 2000).Select(i => NewMessage(i % 3 == 0 ? "y" : "x", "the same id")).ToArray();

        var results = await Task.WhenAll(messages.Chunk(500).Select(chunk => Transport.SendAsync(chunk, Stop)));

        Assert.Equal(
            messages.Select(message => message.Name == "x" ? SendOutcome.Confirmed : SendOutcome.Refused), OutcomesOf(results.SelectMany(r => r)));
    }

    [Fact]
    public async Task What_AMQP_cannot_carry_is_refused_and_harms_no_other()
    {
        await using var subscription = await SubscribeAsync("#");
        var large = new Dictionary<string, string?> { ["large"] = new('x', 200_000) };
        var longName = new Dictionary<string, string?> { [new('h', 256)] = "" };

        var results = await Transport.SendAsync(
            [
                NewMessage("x", "1"), NewMessage(new('n', 256), "2"), new("x", large, default), new("x", longName, default),
                NewMessage("x", new('i', 300)), NewMessage(new('n', 255), "6"), NewMessage("x", "a\ud800b"),
            ],
            Stop);
        var received = await TakeAsync(subscription, 4);

        Assert.Equal(
            [
                SendOutcome.Confirmed, SendOutcome.Refused, SendOutcome.Refused, SendOutcome.Refused,
                SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Confirmed,
            ],
            OutcomesOf(results));
        Assert.Contains("more than 255 bytes", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("frame_max", results[2].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("header whose name", results[3].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["1", new('i', 300), "6"], received.Take(3).Select(IdOf));
    }

    [Fact]
    public async Task A_block_of_headers_as_large_as_a_frame_arrives()
    {
        await using var subscription = await SubscribeAsync("x");
        var headers = new Dictionary<string, string?> { ["large"] = new('x', 129_000) };

        var result = await SendOneAsync(new("x", headers, default));

        Assert.Equal(SendOutcome.Confirmed, result.Outcome);
        Assert.Equal(headers, (await TakeAsync(subscription, 1))[0].Message.Headers);
    }

    [Fact]
    public async Task A_queue_declared_differently_is_named_with_the_remedy()
    {
        await using var channel = await Foreign.CreateChannelAsync();
        await channel.QueueDeclareAsync(Group, durable: true, exclusive: false, autoDelete: false);

        var error = await Assert.ThrowsAsync<CapException>(() => SubscribeAsync("x"));

        Assert.Contains($"refuses the queue '{Group}': PRECONDITION_FAILED", error.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", error.Message, StringComparison.Ordinal);
        await channel.QueueDeleteAsync(Group);
    }

    [Fact]
    public async Task An_exchange_declared_differently_is_named_with_the_remedy_and_spends_no_try()
    {
        await using var channel = await Foreign.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Fanout);

        var error = await Assert.ThrowsAsync<CapException>(() => SubscribeAsync("x"));
        var result = await SendOneAsync(NewMessage("x", "1"));
        await Assert.ThrowsAsync<CapException>(() => Transport.CheckAsync(Stop));

        Assert.Contains($"refuses the exchange '{Exchange}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(SendOutcome.Unavailable, result.Outcome);
        Assert.Contains($"refuses the exchange '{Exchange}'", result.Error!.Message, StringComparison.Ordinal);

        await channel.ExchangeDeleteAsync(Exchange);
        await Transport.CheckAsync(Stop);
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);
    }

    [Fact]
    public async Task A_deleted_exchange_comes_back_and_no_message_pays_for_it()
    {
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);
        await using var channel = await Foreign.CreateChannelAsync();
        await channel.ExchangeDeleteAsync(Exchange);

        // The bindings went with it: unroutable until the group subscribes again, but a working channel.
        Assert.Contains("unroutable", (await SendOneAsync(NewMessage("x", "2"))).Error!.Message, StringComparison.Ordinal);
        await subscription.DisposeAsync();
        await using var again = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "3"))).Outcome);
    }

    [Fact]
    public async Task A_deleted_queue_comes_back_with_its_bindings_and_its_consumer()
    {
        await using var subscription = await SubscribeAsync("x", "y.*");
        await using var channel = await Foreign.CreateChannelAsync();
        await channel.QueueDeleteAsync(Group);

        await Eventually.BecomesTrueAsync(async () => (await SendOneAsync(NewMessage("y.z", "1"))).Outcome == SendOutcome.Confirmed);

        Assert.Equal("1", IdOf((await TakeAsync(subscription, 1))[0]));
    }
}
