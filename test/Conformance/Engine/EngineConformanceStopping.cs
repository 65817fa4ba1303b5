using Cap.Messages;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task Stopping_lets_running_handlers_finish_and_starts_no_other()
    {
        var node = await StartAsync(cap => (cap.ConsumerThreadCount, cap.ShutdownTime) = (1, TimeSpan.FromSeconds(30)));
        var gate = new TaskCompletionSource();
        Script.On("one", _ => gate.Task);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 10).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        await Script.BegunAsync("one");
        await Eventually.BecomesTrueAsync(async () => await StoredAsync(node) == 20);
        var stopping = node.Bootstrapper.StopAsync(Stop);
        await Eventually.StaysAsync(() => !stopping.IsCompleted);
        gate.SetResult();
        await stopping;
        Assert.Single(Script.Values("one"));
        Assert.Equal(1, Script.Begun.Count(c => c.Handler == "one"));
        Assert.False(node.Bootstrapper.IsStarted);

        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("one", 10);
        await node.SettledAsync();
        Assert.Equal(10, Script.Begun.Count(c => c.Handler == "one"));
    }

    [Fact]
    public async Task A_handler_that_heeds_the_stop_is_handed_back_without_spending_a_try()
    {
        var node = await StartAsync(cap => cap.ShutdownTime = TimeSpan.Zero);
        Script.On("one", call => Task.Delay(Timeout.Infinite, call.Stop));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.BegunAsync("one");
        await node.Bootstrapper.StopAsync(Stop);
        Assert.Empty(Script.Values("one"));

        Script.On("one", _ => { });
        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("one");
        await node.SettledAsync();
        Assert.Equal(2, Script.Begins("one", "v"));
        var rows = await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Name = "plain" }, Stop);
        Assert.All(rows, row => Assert.Equal(0, row.Retries));
    }

    [Fact]
    public async Task A_handler_that_throws_where_it_hears_of_the_stop_keeps_nothing_from_ending()
    {
        var node = await StartAsync(cap => cap.ShutdownTime = TimeSpan.Zero);
        Script.On(
            "one",
            call =>
            {
                call.Stop.Register(() => throw new InvalidOperationException("from a callback"));
                return Task.Delay(Timeout.Infinite, call.Stop);
            }
        );
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.BegunAsync("one");
        await node.Bootstrapper.StopAsync(Stop);
        Assert.False(node.Bootstrapper.IsStarted);
        Assert.All((await TableAsync(node)).Leases, lease => Assert.Null(lease.Node));
    }

    /// <summary>Npgsql 10.0.0 throws there when a connection breaks at the wrong moment.</summary>
    [Fact]
    public async Task A_driver_that_throws_where_it_hears_of_the_stop_keeps_nothing_from_ending()
    {
        var threw = 0;
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = Build(build: Observe);
        ((ObservedStorage)node.Storage).OnListen = stop =>
        {
            stop.Register(() =>
            {
                Interlocked.Increment(ref threw);
                throw new ObjectDisposedException("from a callback");
            });
            listening.TrySetResult();
        };
        await node.StartAsync(Stop);
        await listening.Task;
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await node.Bootstrapper.StopAsync(Stop);
        Assert.Equal(1, threw);
        Assert.False(node.Bootstrapper.IsStarted);
        Assert.All((await TableAsync(node)).Leases, lease => Assert.Null(lease.Node));
    }

    [Fact]
    public async Task A_handler_that_blocks_where_it_hears_of_the_stop_keeps_no_other_from_hearing_it()
    {
        var node = await StartAsync(cap => (cap.ConsumerThreadCount, cap.ShutdownTime) = (2, TimeSpan.Zero));
        var heard = new TaskCompletionSource();
        using var release = new ManualResetEventSlim();
        Script.On(
            "one",
            call =>
            {
                call.Stop.Register(call.Value == "blocks" ? release.Wait : () => heard.TrySetResult());
                return call.Value == "blocks" ? Script.Released : Task.Delay(Timeout.Infinite, call.Stop);
            }
        );
        // The last to register is the first to be called.
        await node.Publisher.PublishAsync("plain", "heeds", cancellationToken: Stop);
        await Script.BegunAsync("one");
        await node.Publisher.PublishAsync("plain", "blocks", cancellationToken: Stop);
        await Script.BegunAsync("one", 2);
        var stopping = node.Bootstrapper.StopAsync(Stop);
        try
        {
            await heard.Task.WaitAsync(Eventually.Patience, Stop);
        }
        finally
        {
            release.Set();
            Script.ReleaseAll();
            await stopping;
        }
    }

    /// <summary>What a handler did is not undone by that: at least once.</summary>
    [Fact]
    public async Task A_result_that_is_refused_does_not_hold_up_the_stop_and_its_message_is_handled_again()
    {
        var node = await StartAsync(build: Observe);
        var storage = (ObservedStorage)node.Storage;
        var (refused, asked, gate) = (0L, 0, new TaskCompletionSource());
        storage.BeforeSettle = request =>
        {
            if (request.Lane.Type != MessageType.Subscribe || !request.Succeeded.Contains(Volatile.Read(ref refused)))
                return;
            Interlocked.Increment(ref asked);
            throw new InvalidOperationException("not this one");
        };
        Script.On("pattern", call => call.Value == "poison" ? gate.Task : Task.CompletedTask);
        await node.Publisher.PublishAsync("topic.x.end", "poison", cancellationToken: Stop);
        await Script.BegunAsync("pattern");
        var row = Assert.Single(await node.Storage.FindAsync(new() { Type = MessageType.Subscribe }, Stop));
        Volatile.Write(ref refused, row.Id);
        gate.SetResult();
        await node.Publisher.PublishAsync("topic.x.end", "other", cancellationToken: Stop);
        await Script.EndedAsync("pattern", 2);
        // Three times with others or alone, once taken apart, once more set aside.
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref asked) >= 5);

        var before = Volatile.Read(ref asked);
        await node.Bootstrapper.StopAsync(Stop);
        Assert.DoesNotContain(Logs.Warnings, w => w.Contains("did not end within", StringComparison.Ordinal));
        Assert.True(Volatile.Read(ref asked) > before);
        Assert.All((await TableAsync(node)).Leases, lease => Assert.Null(lease.Node));

        storage.BeforeSettle = _ => { };
        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("pattern", 3);
        await node.SettledAsync();
        Assert.Equal((2, 1), (Script.Begins("pattern", "poison"), Script.Begins("pattern", "other")));
    }

    [Fact]
    public async Task Starting_and_stopping_twice_does_nothing()
    {
        var node = await StartAsync();
        await node.Bootstrapper.BootstrapAsync(Stop);
        Assert.True(node.Bootstrapper.IsStarted);
        await node.Bootstrapper.StopAsync(Stop);
        await node.Bootstrapper.StopAsync(Stop);
        Assert.False(node.Bootstrapper.IsStarted);
    }

    [Fact]
    public async Task What_is_published_while_stopped_is_handled_after_the_start()
    {
        var node = await StartAsync();
        await node.Bootstrapper.StopAsync(Stop);
        await node.Publisher.PublishAsync("plain", "meanwhile", cancellationToken: Stop);
        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("one");
        Assert.Equal(["meanwhile"], Script.Values("one"));
    }

    [Fact]
    public async Task No_more_handlers_run_at_once_than_said()
    {
        var node = await StartAsync(cap => cap.ConsumerThreadCount = 3);
        var gate = new TaskCompletionSource();
        Script.On("pattern", _ => gate.Task);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 20).Select(i => new OutgoingMessage("topic.x.end", $"{i}")), Stop);
        await Script.BegunAsync("pattern", 3);
        gate.SetResult();
        await Script.EndedAsync("pattern", 20);
        Assert.Equal(3, Script.MostRunning);
    }

    private static async Task<int> StoredAsync(TestNode node) =>
        (await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Limit = 1000 }, default)).Count;
}
