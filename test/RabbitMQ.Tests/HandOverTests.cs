namespace Cap.RabbitMQ.Tests;

public sealed class HandOverTests : RabbitMQTest
{
    private const int Held = 10;
    private const int Count = 30;

    /// <summary>
    /// A consumer that ends holds messages it has not stored, and others wait behind them in the queue. Whoever takes over must not get those
    /// first: messages of one key would change places.
    /// </summary>
    [Fact]
    public async Task What_a_consumer_gives_back_comes_before_what_came_later()
    {
        var names = new[] { "x" };
        var ending = await Transport.SubscribeAsync(new(Group, names, Held), Stop);
        await using var other = TestTransport.New(await BrokerAsync(), Unique);
        await using var next = await other.SubscribeAsync(new(Group, names, Count), Stop);
        await Transport.SendAsync([.. Enumerable.Range(0, Count).Select(i => NewMessage("x", $"{i}"))], Stop);
        for (var held = 0; held < Held;)
            held += (await ending.ReadAsync(Held, Stop)).Count;
        await ending.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), (await TakeAsync(next, Count)).Select(IdOf));
    }
}
