using System.Diagnostics;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

/// <summary>What a broker does that is killed, stands still, or has no room left.</summary>
public sealed class OutageTests(OwnBroker broker) : RabbitMQTest, IClassFixture<OwnBroker>
{
    protected override Task<string> BrokerAsync() => Task.FromResult(broker.Server.ConnectionString);

    [Fact]
    public async Task Killed_while_messages_are_sent_it_loses_nothing_that_was_confirmed()
    {
        var log = new LogList();
        await Transport.DisposeAsync();
        Transport = TestTransport.New(TestTransport.Options(broker.Server.ConnectionString, Unique), log);
        await using var subscription = await SubscribeAsync("x");
        await broker.Server.SettleAsync();
        var (sent, received, unavailable) = (0, new List<int>(), 0);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var (halfSent, crashed) = (new TaskCompletionSource(), false);

        var reading = ReadAsync();
        var sending = SendAsync();
        await halfSent.Task.WaitAsync(Stop);
        await broker.Server.CrashAsync();
        crashed = true;
        await broker.Server.StartAsync(Stop);
        await sending;
        await reading;

        Assert.True(unavailable > 0);
        Assert.Equal(Enumerable.Range(0, sent), received.Distinct());
        Assert.InRange(log.Count(300), 1, 2);
        Assert.Equal(log.Count(300), log.Count(301));

        async Task SendAsync()
        {
            while (sent < 4000)
            {
                var batch = Enumerable.Range(sent, 100).Select(i => NewMessage("x", $"{i}")).ToArray();
                // The whole batch again, as the relay does with a shard's rows: a repeated message is dropped by the inbox.
                while ((await Transport.SendAsync(batch, Stop)).Any(result => result.Outcome != SendOutcome.Confirmed))
                {
                    unavailable++;
                    await Task.Delay(50, Stop);
                }
                sent += 100;
                if (sent == 2000)
                    halfSent.SetResult();
                while (sent == 2100 && !crashed)
                    await Task.Delay(10, Stop);
            }
        }

        async Task ReadAsync()
        {
            while (received.Count == 0 || received.Max() < 3999)
            {
                var read = await subscription.ReadAsync(100, Stop);
                received.AddRange(read.Select(delivery => int.Parse(IdOf(delivery), System.Globalization.CultureInfo.InvariantCulture)));
                await subscription.AcknowledgeAsync(read, Stop);
            }
        }
    }

    [Fact]
    public async Task What_was_delivered_before_an_outage_is_void_and_comes_again()
    {
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);
        var before = Assert.Single(await subscription.ReadAsync(10, Stop));
        Assert.False(before.IsVoid);
        await broker.Server.SettleAsync();

        await broker.Server.CrashAsync();
        await broker.Server.StartAsync(Stop);
        var after = Assert.Single(await subscription.ReadAsync(10, Stop));
        Assert.Equal((true, false), (before.IsVoid, after.IsVoid));
        Assert.Equal(IdOf(before), IdOf(after));
        await subscription.AcknowledgeAsync([before, after], Stop);
    }

    [Fact]
    public async Task Standing_still_it_is_unavailable_within_the_timeout_and_nothing_is_lost_after()
    {
        RabbitMQOptions options = null!;
        await ConfigureAsync(o => options = o);
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "before"))).Outcome);
        // Not for what came before: a busy machine may take that long to declare a queue.
        options.ConfirmTimeout = TimeSpan.FromSeconds(2);

        broker.Server.Pause();
        try
        {
            var watch = Stopwatch.StartNew();
            var results = await Transport.SendAsync([NewMessage("x", "1"), NewMessage("x", "2")], Stop);
            Assert.All(results, result => Assert.Equal(SendOutcome.Unavailable, result.Outcome));
            Assert.Contains("did not confirm within", results[0].Error!.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<BrokerConnectionException>(() => Transport.CheckAsync(Stop));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"{watch.Elapsed}");

            var other = TestTransport.New(broker.Server.ConnectionString, Unique);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => other.CheckAsync(new CancellationTokenSource(TimeSpan.FromMilliseconds(50)).Token));
            watch.Restart();
            await other.DisposeAsync();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
        }
        finally
        {
            broker.Server.Resume();
        }

        await Conformance.Eventually.BecomesTrueAsync(
            async () => (await SendOneAsync(NewMessage("x", "after"))).Outcome == SendOutcome.Confirmed);
        var ids = new List<string>();
        while (!ids.Contains("after"))
            ids.AddRange((await TakeAsync(subscription, 1)).Select(IdOf));
        Assert.Equal("before", ids[0]);
    }

    [Fact]
    public async Task Disposing_does_not_wait_for_one_that_stands_still()
    {
        await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);

        broker.Server.Pause();
        try
        {
            var watch = Stopwatch.StartNew();
            await Transport.DisposeAsync();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(6), $"{watch.Elapsed}");
        }
        finally
        {
            broker.Server.Resume();
        }
    }

    [Fact]
    public async Task Out_of_memory_it_is_unavailable_with_its_reason_and_consumers_go_on()
    {
        RabbitMQOptions options = null!;
        await ConfigureAsync(o => options = o);
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);
        options.ConfirmTimeout = TimeSpan.FromSeconds(2);

        await broker.Server.RunCtlAsync("set_vm_memory_high_watermark", "0");
        try
        {
            var blocked = await SendOneAsync(NewMessage("x", "2"));
            var again = await SendOneAsync(NewMessage("x", "3"));
            var check = await Assert.ThrowsAsync<BrokerConnectionException>(() => Transport.CheckAsync(Stop));

            Assert.Equal(SendOutcome.Unavailable, blocked.Outcome);
            Assert.Contains("blocked", blocked.Error!.Message, StringComparison.Ordinal);
            Assert.Contains("memory", blocked.Error.Message, StringComparison.Ordinal);
            Assert.Equal(SendOutcome.Unavailable, again.Outcome);
            Assert.Contains("memory", check.Message, StringComparison.Ordinal);
            Assert.Equal("1", IdOf((await TakeAsync(subscription, 1))[0]));
        }
        finally
        {
            await broker.Server.RunCtlAsync("set_vm_memory_high_watermark", "0.4");
        }

        await Conformance.Eventually.BecomesTrueAsync(
            async () => (await SendOneAsync(NewMessage("x", "4"))).Outcome == SendOutcome.Confirmed);
    }

    [Fact]
    public async Task A_message_too_large_for_it_is_refused_and_harms_no_other()
    {
        await using var subscription = await SubscribeAsync("x");
        await broker.Server.RunCtlAsync("eval", "application:set_env(rabbit, max_message_size, 65536).");
        try
        {
            var messages = Enumerable.Range(0, 50).Select(i => NewMessage("x", $"{i}", new byte[i is 10 or 30 ? 70_000 : 100])).ToArray();
            var results = await Transport.SendAsync(messages, Stop);

            Assert.Equal(
                Enumerable.Range(0, 50).Select(i => i is 10 or 30 ? SendOutcome.Refused : SendOutcome.Confirmed), OutcomesOf(results));
            Assert.Contains("larger than configured max size", results[10].Error!.Message, StringComparison.Ordinal);
            var received = new HashSet<string>();
            while (received.Count < 48)
                received.UnionWith((await TakeAsync(subscription, 1)).Select(IdOf));
        }
        finally
        {
            await broker.Server.RunCtlAsync("eval", "application:set_env(rabbit, max_message_size, 134217728).");
        }
    }

    [Fact]
    public async Task Connections_an_operator_closes_come_back()
    {
        await using var subscription = await SubscribeAsync("x");
        Assert.Equal(SendOutcome.Confirmed, (await SendOneAsync(NewMessage("x", "1"))).Outcome);
        var held = await subscription.ReadAsync(10, Stop);

        await broker.Server.RunCtlAsync("close_all_connections", "maintenance");
        await Conformance.Eventually.BecomesTrueAsync(
            async () => (await SendOneAsync(NewMessage("x", "2"))).Outcome == SendOutcome.Confirmed);
        await subscription.AcknowledgeAsync(held, Stop);

        var again = (await TakeAsync(subscription, 2)).Select(IdOf).ToArray();
        Assert.Equal(["1", "2"], again);
    }
}
