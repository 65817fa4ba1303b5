using Cap.Transport;

namespace Cap.Conformance;

public abstract partial class TransportConformance
{
    [Fact]
    public async Task What_is_not_acknowledged_comes_again()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        var sending = Transport.SendAsync(NewMessages("x", 10), Stop);
        var read = await ReadAsync(first, 10);
        // Not the first ones only: an acknowledgement must never take others along.
        await first.AcknowledgeAsync([read[1], read[2], read[7]], Stop);
        await first.DisposeAsync();

        await using var second = await SubscribeAsync(group, "x", "end");
        IEnumerable<string> expected = Bundles ? Ids(10) : ["0", "3", "4", "5", "6", "8", "9"];
        var again = await TakeAsync(second, expected.Count());
        var end = Transport.SendAsync([NewMessage("end", "end")], Stop);
        var last = await TakeAsync(second, 1);

        await AllConfirmedAsync(sending);
        await AllConfirmedAsync(end);
        Assert.Equal(expected, again.Select(IdOf));
        Assert.All(again, delivery => Assert.True(delivery.IsRedelivered));
        Assert.Equal("end", IdOf(last[0]));
        Assert.False(last[0].IsRedelivered);
    }

    [Fact]
    public async Task A_delivery_is_void_when_its_subscription_is_gone()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        var sending = Transport.SendAsync(NewMessages("x", 2), Stop);
        var read = await ReadAsync(first, 2);
        Assert.All(read, delivery => Assert.False(delivery.IsVoid));
        await first.DisposeAsync();
        Assert.All(read, delivery => Assert.True(delivery.IsVoid));

        await using var second = await SubscribeAsync(group, "x");
        var again = await ReadAsync(second, 2);
        Assert.All(again, delivery => Assert.False(delivery.IsVoid));
        await second.AcknowledgeAsync(again, Stop);
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task What_is_acknowledged_never_comes_again()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        var sending = Transport.SendAsync(NewMessages("x", 100), Stop);
        await TakeAsync(first, 100);
        await AllConfirmedAsync(sending);
        await first.DisposeAsync();

        await using var second = await SubscribeAsync(group, "x");
        var end = Transport.SendAsync([NewMessage("x", "end")], Stop);

        Assert.Equal("end", IdOf((await TakeAsync(second, 1))[0]));
        await AllConfirmedAsync(end);
    }

    [Fact]
    public async Task Acknowledgements_may_come_in_any_order_and_twice()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        var sending = Transport.SendAsync(NewMessages("x", 6), Stop);
        var read = await ReadAsync(first, 6);
        await first.AcknowledgeAsync([read[4], read[2]], Stop);
        await first.AcknowledgeAsync([read[2], read[0], read[0]], Stop);
        await first.AcknowledgeAsync([], Stop);
        await first.AcknowledgeAsync([read[1]], Stop);
        await first.DisposeAsync();

        await using var second = await SubscribeAsync(group, "x");
        IEnumerable<string> expected = Bundles ? Ids(6) : ["3", "5"];
        Assert.Equal(expected, (await TakeAsync(second, expected.Count())).Select(IdOf));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task An_acknowledgement_of_an_earlier_subscription_is_passed_over()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        var sending = Transport.SendAsync(NewMessages("x", 2), Stop);
        var old = await ReadAsync(first, 2);
        await first.DisposeAsync();
        await using var second = await SubscribeAsync(group, "x");
        var read = await ReadAsync(second, 2);

        await first.AcknowledgeAsync(old, Stop);
        await second.AcknowledgeAsync([old[0]], Stop);
        await second.AcknowledgeAsync([read[1]], Stop);
        await second.DisposeAsync();

        await using var third = await SubscribeAsync(group, "x");
        IEnumerable<string> expected = Bundles ? ["0", "1"] : ["0"];
        Assert.Equal(expected, (await TakeAsync(third, expected.Count())).Select(IdOf));
        await NothingComesAsync(third);
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task Prefetch_bounds_what_waits_unacknowledged()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), prefetch: 5, "x.*");
        var sending = Transport.SendAsync([.. Ids(20).Select(id => NewMessage($"x.{id}", id))], Stop);
        var read = await ReadAsync(subscription, 5);

        await NothingComesAsync(subscription);
        await subscription.AcknowledgeAsync([read[0], read[1]], Stop);
        read.AddRange(await ReadAsync(subscription, 2));
        await NothingComesAsync(subscription);

        await subscription.AcknowledgeAsync(read.GetRange(2, 5), Stop);
        read.AddRange(await TakeAsync(subscription, 13));
        Assert.Equal(Ids(20), read.Select(IdOf));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task A_read_returns_no_more_than_asked_for()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        var sending = Transport.SendAsync(NewMessages("x", 10), Stop);
        var received = new List<string>();
        while (received.Count < 10)
        {
            var read = await subscription.ReadAsync(3, Stop);
            Assert.InRange(read.Count, 1, 3);
            received.AddRange(read.Select(IdOf));
            await subscription.AcknowledgeAsync(read, Stop);
        }

        Assert.Equal(Ids(10), received);
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var subscription = await SubscribeAsync(NewGroup(), "x");
        for (var i = 0; i < 20; i++)
        {
            using var cancel = new CancellationTokenSource();
            var reading = subscription.ReadAsync(10, cancel.Token).AsTask();
            var sending = Transport.SendAsync([NewMessage("x", $"{i}")], Stop);
            await cancel.CancelAsync();
            IReadOnlyList<Delivery> read;
            try
            {
                read = await reading;
            }
            catch (OperationCanceledException)
            {
                read = await subscription.ReadAsync(10, Stop);
            }
            Assert.Equal($"{i}", IdOf(Assert.Single(read)));
            await subscription.AcknowledgeAsync(read, Stop);
            await AllConfirmedAsync(sending);
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await subscription.ReadAsync(1, new(canceled: true)));
    }

    [Fact]
    public async Task Two_subscriptions_of_a_group_share_it_without_duplicates_and_one_takes_over()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "x");
        await using var second = await SubscribeAsync(group, "x");
        var received = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var readers = new[] { DrainAsync(first), DrainAsync(second) };
        await AllConfirmedAsync(Transport.SendAsync(NewMessages("x", 200), Stop));
        await Task.WhenAll(readers);
        Assert.Equal(Ids(200).Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));

        await first.DisposeAsync();
        var sending = Transport.SendAsync(NewMessages("x", 10, 200), Stop);
        Assert.Equal(Ids(10, 200), (await TakeAsync(second, 10)).Select(IdOf));
        await AllConfirmedAsync(sending);

        async Task DrainAsync(ISubscription subscription)
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    var read = await subscription.ReadAsync(10, end.Token);
                    foreach (var delivery in read)
                        received.Enqueue(IdOf(delivery));
                    await subscription.AcknowledgeAsync(read, Stop);
                    if (received.Count >= 200)
                        await end.CancelAsync();
                }
                catch (OperationCanceledException) when (end.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public async Task Dispose_ends_consumption()
    {
        var group = NewGroup();
        var subscription = await SubscribeAsync(group, "x");
        var waiting = subscription.ReadAsync(1, Stop).AsTask();

        await subscription.DisposeAsync();
        await subscription.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await subscription.ReadAsync(1, Stop));
        var sending = Transport.SendAsync(NewMessages("x", 3), Stop);
        await using var next = await SubscribeAsync(group, "x");
        Assert.Equal(Ids(3), (await TakeAsync(next, 3)).Select(IdOf));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task Disposing_the_transport_ends_its_subscriptions()
    {
        var subscription = await SubscribeAsync(NewGroup(), "x");
        var waiting = subscription.ReadAsync(1, Stop).AsTask();

        await Transport.DisposeAsync();
        await Transport.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => SubscribeAsync(NewGroup(), "x"));
        await subscription.DisposeAsync();
    }

    [Fact]
    public async Task Subscribing_again_adds_names_and_changes_nothing_else()
    {
        var group = NewGroup();
        var first = await SubscribeAsync(group, "a", "b");
        await first.DisposeAsync();
        await using var second = await SubscribeAsync(group, "b", "b", "c");

        var sending = Transport.SendAsync([NewMessage("a", "1"), NewMessage("b", "2"), NewMessage("c", "3")], Stop);

        Assert.Equal(["1", "2", "3"], (await TakeAsync(second, 3)).Select(IdOf));
        await AllConfirmedAsync(sending);
    }

    [Fact]
    public async Task A_stopped_start_gets_its_own_cancellation()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Transport.SubscribeAsync(new(NewGroup(), ["x"], 10), new(canceled: true)));
    }
}
