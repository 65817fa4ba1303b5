using System.Text;
using Cap.Transport;
using RabbitMQ.Client;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ.Tests;

/// <summary>What others send and what others see.</summary>
public sealed class ForeignMessageTests : RabbitMQTest
{
    [Fact]
    public async Task A_message_without_our_headers_arrives_as_it_is()
    {
        await using var subscription = await SubscribeAsync("x");
        await PublishAsync(new(), [0xff, 0x00]);

        var message = (await TakeAsync(subscription, 1))[0].Message;

        Assert.Equal("x", message.Name);
        Assert.Empty(message.Headers);
        Assert.Equal([0xff, 0x00], message.Body.ToArray());
    }

    [Fact]
    public async Task Its_message_id_serves_as_the_id()
    {
        await using var subscription = await SubscribeAsync("x");
        await PublishAsync(new() { MessageId = "their-id" });

        Assert.Equal("their-id", IdOf((await TakeAsync(subscription, 1))[0]));
    }

    [Fact]
    public async Task Header_values_of_any_type_become_text()
    {
        await using var subscription = await SubscribeAsync("x");
        var headers = new Dictionary<string, object?>
        {
            ["text"] = "größe",
            ["bytes"] = "größe"u8.ToArray(),
            ["int"] = 42,
            ["long"] = 1L << 40,
            ["double"] = 1.5,
            ["bool"] = true,
            ["time"] = new AmqpTimestamp(1_700_000_000),
            ["far"] = new AmqpTimestamp(long.MaxValue),
            ["list"] = new List<object?> { "a", 1 },
            ["table"] = new Dictionary<string, object?> { ["k"] = "v" },
            ["null"] = null,
            ["x-dotnet-pub-seq-no"] = 7L,
        };
        await PublishAsync(new() { Headers = headers });

        var received = (await TakeAsync(subscription, 1))[0].Message.Headers;

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["text"] = "größe",
                ["bytes"] = "größe",
                ["int"] = "42",
                ["long"] = "1099511627776",
                ["double"] = "1.5",
                ["bool"] = "true",
                ["time"] = "2023-11-14T22:13:20.0000000+00:00",
                ["far"] = "9223372036854775807",
                ["list"] = "[a, 1]",
                ["table"] = "{k: v}",
                ["null"] = null,
            },
            received);
    }

    [Fact]
    public async Task The_headers_builder_adds_headers_and_wins()
    {
        await ConfigureAsync(options => options.CustomHeadersBuilder = (delivery, services) =>
        [
            new(Headers.MessageId, $"{delivery.BasicProperties.AppId}-{delivery.DeliveryTag}"),
            new(Headers.MessageName, delivery.RoutingKey),
            new("body", Encoding.UTF8.GetString(delivery.Body.Span)),
            new("services", services is null ? "none" : "there"),
        ]);
        await using var subscription = await SubscribeAsync("x");
        await PublishAsync(new() { AppId = "shop", MessageId = "theirs" }, "42"u8.ToArray());

        var received = (await TakeAsync(subscription, 1))[0].Message.Headers;

        Assert.Equal("shop-1", received[Headers.MessageId]);
        Assert.Equal("x", received[Headers.MessageName]);
        Assert.Equal("42", received["body"]);
        Assert.Equal("there", received["services"]);
    }

    [Fact]
    public async Task A_headers_builder_that_throws_costs_no_message()
    {
        await ConfigureAsync(options => options.CustomHeadersBuilder = (_, _) => throw new InvalidOperationException("no"));
        await using var subscription = await SubscribeAsync("x");
        await PublishAsync(new() { MessageId = "1" });
        await PublishAsync(new() { MessageId = "2" });

        Assert.Equal(["1", "2"], (await TakeAsync(subscription, 2)).Select(IdOf));
    }

    /// <summary>What fails outside would leave the message undelivered and unacknowledged, and the consumer waiting.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_headers_builder_that_returns_nonsense_costs_no_message(bool withList)
    {
        await ConfigureAsync(options => options.CustomHeadersBuilder = (_, _) => withList ? [new(null!, "x")] : null!);
        await using var subscription = await SubscribeAsync("x");
        await PublishAsync(new() { MessageId = "1" });

        Assert.Equal("1", IdOf((await TakeAsync(subscription, 1))[0]));
    }

    [Fact]
    public async Task Others_see_what_DotNetCore_CAP_puts_on_the_wire()
    {
        await ConfigureAsync(options => options.SingleActiveConsumer = false);
        await (await SubscribeAsync("order.placed")).DisposeAsync();
        var headers = new Dictionary<string, string?>
        {
            ["cap-msg-id"] = "673f1b2a9d3c4e5f60718293",
            ["cap-msg-name"] = "order.placed",
            ["cap-corr-seq"] = "0",
            ["cap-callback-name"] = null,
        };
        var result = await SendOneAsync(new("order.placed", headers, "{\"Id\":1}"u8.ToArray()));
        await using var channel = await Foreign.CreateChannelAsync();
        var got = await channel.BasicGetAsync(Group, autoAck: true);

        Assert.Equal(SendOutcome.Confirmed, result.Outcome);
        Assert.Equal("order.placed", got!.RoutingKey);
        Assert.Equal(Exchange, got.Exchange);
        Assert.True(got.BasicProperties.Persistent);
        Assert.Equal("673f1b2a9d3c4e5f60718293", got.BasicProperties.MessageId);
        Assert.Equal("{\"Id\":1}", Encoding.UTF8.GetString(got.Body.Span));
        // The broker itself adds the one about the delivery.
        Assert.Equal(headers.Keys.Order(), got.BasicProperties.Headers!.Keys.Where(key => key != "x-delivery-count").Order());
        Assert.Equal("order.placed"u8.ToArray(), got.BasicProperties.Headers["cap-msg-name"]);
        Assert.Equal("0"u8.ToArray(), got.BasicProperties.Headers["cap-corr-seq"]);
        Assert.Null(got.BasicProperties.Headers["cap-callback-name"]);
    }

    private async Task PublishAsync(BasicProperties properties, byte[]? body = null)
    {
        await using var channel = await Foreign.CreateChannelAsync();
        await channel.BasicPublishAsync(Exchange, "x", mandatory: true, properties, body ?? [], Stop);
    }
}
