using System.Text;
using Cap.Transport;
using RabbitMQ.Client;

namespace Cap.RabbitMQ.Tests;

/// <summary>What is particular about bundles at a real broker.</summary>
public sealed class BundlingTests : RabbitMQTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await ConfigureAsync(options => options.MaxBundle = 100);
    }

    [Fact]
    public async Task A_hundred_messages_are_one_of_the_brokers()
    {
        await using var subscription = await SubscribeAsync("x");
        await subscription.DisposeAsync();

        var results = await Transport.SendAsync(MessagesOf("x", 250), Stop);

        Assert.All(results, result => Assert.Equal(SendOutcome.Confirmed, result.Outcome));
        Assert.Equal(3u, await WaitingAsync());
        await using var again = await SubscribeAsync("x");
        Assert.Equal(Enumerable.Range(0, 250).Select(i => $"{i}"), (await TakeAsync(again, 250)).Select(IdOf));
        Assert.Equal(0u, await UnacknowledgedAsync(again));
    }

    [Fact]
    public async Task A_single_message_travels_as_ever()
    {
        await ConfigureAsync(options => (options.MaxBundle, options.SingleActiveConsumer) = (100, false));
        await (await SubscribeAsync("x")).DisposeAsync();
        await Transport.SendAsync(MessagesOf("x", 1), Stop);

        await using var channel = await Foreign.CreateChannelAsync();
        var got = await channel.BasicGetAsync(Group, autoAck: true);

        Assert.Equal("application/json", got!.BasicProperties.ContentType);
        Assert.Equal("{}", Encoding.UTF8.GetString(got.Body.Span));
    }

    /// <summary>A node that sends none may get some, and the other way round.</summary>
    [Fact]
    public async Task A_consumer_that_sends_no_bundles_reads_them()
    {
        await using var other = TestTransport.New(await BrokerAsync(), Unique);
        await using var subscription = await other.SubscribeAsync(new(Group, ["x"], 100), Stop);
        await Transport.SendAsync(MessagesOf("x", 100), Stop);
        await other.SendAsync([NewMessage("x", "alone")], Stop);

        Assert.Equal("alone", IdOf((await TakeAsync(subscription, 101))[100]));
    }

    [Fact]
    public async Task It_comes_again_whole_until_each_message_is_acknowledged()
    {
        var first = await SubscribeAsync("x");
        await Transport.SendAsync(MessagesOf("x", 3), Stop);
        var read = new List<Delivery>();
        while (read.Count < 3)
            read.AddRange(await first.ReadAsync(1, Stop));
        await first.AcknowledgeAsync([read[0], read[2]], Stop);
        await first.AcknowledgeAsync([read[2], read[0]], Stop);
        await first.DisposeAsync();

        await using var second = await SubscribeAsync("x");
        var again = await TakeAsync(second, 3);

        Assert.Equal(["0", "1", "2"], again.Select(IdOf));
        Assert.All(again, delivery => Assert.True(delivery.IsRedelivered));
        await second.DisposeAsync();
        Assert.Equal(0u, await WaitingAsync());
    }

    [Fact]
    public async Task A_damaged_one_costs_nothing_but_itself()
    {
        await using var subscription = await SubscribeAsync("x");
        await using var channel = await Foreign.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var frame = new BundleWriter().Write(MessagesOf("x", 10)).ToArray();
        await Transport.SendAsync(MessagesOf("x", 2), Stop);
        await channel.BasicPublishAsync(
            Exchange, "x", false, new BasicProperties { ContentType = Bundle.ContentType, MessageId = "damaged" }, frame.AsMemory(0, 100));
        await Transport.SendAsync(MessagesOf("x", 2), Stop);

        var taken = await TakeAsync(subscription, 5);

        Assert.Equal(["0", "1", "damaged", "0", "1"], taken.Select(IdOf));
        Assert.Contains("The bundle of 'x' cannot be read: its checksum is", taken[2].Fault, StringComparison.Ordinal);
        Assert.Equal(frame[..100], taken[2].Message.Body.ToArray());
        Assert.All(taken.Where(d => IdOf(d) != "damaged"), d => Assert.Null(d.Fault));
    }

    [Fact]
    public async Task In_a_bundle_each_message_has_its_own_result()
    {
        await using var subscription = await SubscribeAsync("x");
        var large = new TransportMessage("x", new Dictionary<string, string?> { ["large"] = new('x', 200_000) }, default);

        var results = await Transport.SendAsync([.. MessagesOf("x", 2), large, .. MessagesOf("y", 2), .. MessagesOf("x", 1)], Stop);

        Assert.Equal(
            [SendOutcome.Confirmed, SendOutcome.Confirmed, SendOutcome.Refused, SendOutcome.Refused, SendOutcome.Refused, SendOutcome.Confirmed],
            OutcomesOf(results));
        Assert.Contains("frame_max", results[2].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("unroutable", results[3].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await TakeAsync(subscription, 3)).Count);
    }

    /// <summary>It is for messages of others, and mostly makes an id: all messages of the bundle would have the same.</summary>
    [Fact]
    public async Task The_headers_builder_is_not_asked_for_a_bundle()
    {
        await ConfigureAsync(options => (options.MaxBundle, options.CustomHeadersBuilder) = (100, (delivery, _) => [new(Cap.Messages.Headers.MessageId, "theirs")]));
        await using var subscription = await SubscribeAsync("x");
        await Transport.SendAsync(MessagesOf("x", 2), Stop);

        var taken = await TakeAsync(subscription, 2);

        Assert.Equal(["0", "1"], taken.Select(IdOf));
        await Transport.SendAsync(MessagesOf("x", 1), Stop);
        Assert.Equal("theirs", IdOf((await TakeAsync(subscription, 1))[0]));
    }

    private static TransportMessage[] MessagesOf(string name, int count) => [.. Enumerable.Range(0, count).Select(i => NewMessage(name, $"{i}"))];

    private async Task<uint> WaitingAsync()
    {
        await using var channel = await Foreign.CreateChannelAsync();
        return await channel.MessageCountAsync(Group);
    }

    /// <summary>What the broker would deliver again.</summary>
    private async Task<uint> UnacknowledgedAsync(ISubscription subscription)
    {
        await subscription.DisposeAsync();
        return await WaitingAsync();
    }
}
