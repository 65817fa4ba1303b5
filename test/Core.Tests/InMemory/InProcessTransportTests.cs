using Cap.Conformance;
using Cap.InMemory;
using Cap.Transport;

namespace Cap.Core.Tests.InMemory;

public sealed class InProcessTransportTests : TransportConformance
{
    [Fact]
    public async Task A_message_is_confirmed_only_when_every_group_acknowledged_it()
    {
        await using var a = await SubscribeAsync(NewGroup(), "x");
        await using var b = await SubscribeAsync(NewGroup(), "x");
        var sending = Transport.SendAsync(NewMessages("x", 2), Stop);
        var (fromA, fromB) = (await ReadAsync(a, 2), await ReadAsync(b, 2));

        await a.AcknowledgeAsync(fromA, Stop);
        await b.AcknowledgeAsync([fromB[0]], Stop);
        Assert.False(sending.IsCompleted);

        await b.AcknowledgeAsync([fromB[1]], Stop);
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task Disposing_the_transport_answers_unavailable_to_who_waits()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        var sending = Transport.SendAsync([.. NewMessages("x", 2), NewMessage("unknown", "3")], Stop);
        await subscription.AcknowledgeAsync([(await ReadAsync(subscription, 2))[0]], Stop);

        await Transport.DisposeAsync();

        Assert.Equal(
            [SendOutcome.Confirmed, SendOutcome.Unavailable, SendOutcome.Refused], (await sending).Select(result => result.Outcome));
    }

    [Fact]
    public async Task A_sender_that_gives_up_leaves_nothing_behind()
    {
        var group = NewGroup();
        await (await SubscribeAsync(group, "x")).DisposeAsync();
        using var cancel = new CancellationTokenSource();
        var given = Transport.SendAsync(NewMessages("x", 100), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        var sending = Transport.SendAsync([NewMessage("x", "next")], Stop);
        await using var subscription = await SubscribeAsync(group, "x");

        Assert.Equal("next", IdOf((await TakeAsync(subscription, 1))[0]));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_with_the_remedy()
    {
        var result = await SendOneAsync(NewMessage("order.placed", "1"));

        Assert.Equal(SendOutcome.Refused, result.Outcome);
        Assert.StartsWith("No group in this process subscribes to 'order.placed'.", result.Error!.Message, StringComparison.Ordinal);
    }

    protected override Task<ITransport> CreateTransportAsync() => Task.FromResult<ITransport>(new InProcessTransport());
}
