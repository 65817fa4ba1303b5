using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

public sealed class GoodbyeTests : RabbitMQTest
{
    private const int Groups = 20;
    private const int Count = 60;

    /// <summary>
    /// A quorum queue has so many acknowledgements under way, and a channel that is closed forgets those that wait for their turn. Many
    /// queues, since it is a matter of a millisecond; the first delivery of each stays open, so that the others are acknowledged one by one.
    /// </summary>
    [Fact]
    public async Task What_was_acknowledged_before_the_end_does_not_come_again()
    {
        var queues = Enumerable.Range(0, Groups).Select(i => $"{Group}.{i}").ToList();
        var subscriptions = await Task.WhenAll(queues.Select(queue => Transport.SubscribeAsync(new(queue, ["x"], Count), Stop)));
        await Transport.SendAsync([.. Enumerable.Range(0, Count).Select(i => NewMessage("x", $"{i}"))], Stop);
        await Task.WhenAll(subscriptions.Select(AllButFirstAsync));

        await using var channel = await Foreign.CreateChannelAsync(cancellationToken: Stop);
        foreach (var queue in queues)
        {
            await Conformance.Eventually.GetAsync(() => channel.MessageCountAsync(queue, Stop), left => left > 0);
            Assert.Equal(1u, await channel.MessageCountAsync(queue, Stop));
        }
    }

    private async Task AllButFirstAsync(ISubscription subscription)
    {
        var read = new List<Delivery>();
        while (read.Count < Count)
            read.AddRange(await subscription.ReadAsync(Count, Stop));
        await subscription.AcknowledgeAsync(read[1..], Stop);
        await subscription.DisposeAsync();
    }
}
