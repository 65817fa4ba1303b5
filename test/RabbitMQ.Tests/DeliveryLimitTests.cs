using RabbitMQ.Client.Exceptions;

namespace Cap.RabbitMQ.Tests;

/// <summary>
/// What is not acknowledged comes back, however often. RabbitMQ 4 drops it after 20 times, unless the queue was declared with another limit.
/// </summary>
public sealed class DeliveryLimitTests : RabbitMQTest
{
    [Fact]
    public async Task A_message_that_comes_back_thirty_times_is_still_there()
    {
        // Only then may a bare client take messages one by one.
        await ConfigureAsync(options => options.SingleActiveConsumer = false);
        await (await SubscribeAsync("x")).DisposeAsync();
        await SendOneAsync(NewMessage("x", "1"));
        for (var i = 0; i < 30; i++)
        {
            // As when a process is killed: the channel ends, and the broker takes back what was not acknowledged.
            var channel = await Foreign.CreateChannelAsync(cancellationToken: Stop);
            var got = await Conformance.Eventually.GetAsync(() => channel.BasicGetAsync(Group, autoAck: false, Stop), got => got is not null);
            Assert.NotNull(got);
            await channel.DisposeAsync();
        }
    }

    /// <summary>The broker of this test may be older than 4: it says what the queue was declared with by what it refuses.</summary>
    [Fact]
    public async Task A_quorum_queue_is_declared_with_a_limit_that_is_never_reached()
    {
        await (await SubscribeAsync("x")).DisposeAsync();
        Assert.Null(await RefusalAsync(int.MaxValue));
        Assert.Contains("x-delivery-limit", await RefusalAsync(20), StringComparison.Ordinal);
    }

    /// <summary>As by another library, or by hand.</summary>
    [Fact]
    public async Task A_queue_that_was_declared_without_a_limit_can_be_used()
    {
        Assert.Null(await RefusalAsync(null));
        var refused = await Assert.ThrowsAsync<CapException>(() => SubscribeAsync("x"));
        Assert.Contains("x-delivery-limit", refused.Message, StringComparison.Ordinal);

        await ConfigureAsync(options => options.QueueArguments.Others["x-delivery-limit"] = null);
        await using var subscription = await SubscribeAsync("x");
    }

    private async Task<string?> RefusalAsync(int? limit)
    {
        var channel = await Foreign.CreateChannelAsync(cancellationToken: Stop);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-single-active-consumer"] = true };
        if (limit is not null)
            arguments["x-delivery-limit"] = limit;
        try
        {
            await channel.QueueDeclareAsync(Group, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Stop);
            return null;
        }
        catch (OperationInterruptedException e)
        {
            return e.ShutdownReason!.ReplyText;
        }
        finally
        {
            await channel.DisposeAsync();
        }
    }
}
