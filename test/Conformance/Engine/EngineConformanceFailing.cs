using System.Collections.Concurrent;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_failed_attempt_is_kept_with_its_full_exception_and_tried_again()
    {
        var node = await StartAsync();
        Script.On("one", call => ThrowUntil(call, 3));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        var row = (await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Name = "plain" }, Stop)).Single(r =>
            r.Group!.Contains("one", StringComparison.Ordinal)
        );
        var attempts = await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, Stop);
        Assert.Equal([1, 2], attempts.Select(a => a.Number));
        Assert.All(attempts, a => Assert.Contains(nameof(ThrowUntil), a.Error, StringComparison.Ordinal));
        Assert.All(attempts, a => Assert.Contains("the disk is full", a.Error, StringComparison.Ordinal));
        Assert.Equal(1, Script.Begins("two", "v"));
    }

    [Fact]
    public async Task A_message_that_keeps_failing_is_given_up_told_and_can_be_retried_by_a_person()
    {
        var told = new TaskCompletionSource<FailedInfo>();
        var node = await StartAsync(cap =>
        {
            cap.FailedRetryCount = 4;
            cap.FailedThresholdCallback = info => told.TrySetResult(info);
        });
        Script.On("one", _ => throw new InvalidOperationException("no"));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        var info = await told.Task.WaitAsync(Eventually.Patience, Stop);
        Assert.Equal(MessageType.Subscribe, info.MessageType);
        Assert.Equal("plain", info.Message.Name);
        Assert.Contains("no", info.Error, StringComparison.Ordinal);

        var row = await node.FindAsync(MessageType.Subscribe, "plain", StatusName.Failed);
        Assert.Equal(4, row.Retries);
        Assert.NotNull(row.ExpiresAt);
        Assert.Equal(4, Script.Begins("one", "v"));

        Script.On("one", _ => { });
        Assert.Equal(1, await node.Storage.ActAsync(new(MessageType.Subscribe, MessageActionKind.Retry, [row.Id], "tester"), Stop));
        await Script.EndedAsync("one");
        await node.SettledAsync();
    }

    /// <summary>Nobody waits for a message that is gone. The one behind it, which is given up, shows that it would have been told by now.</summary>
    [Fact]
    public async Task A_message_that_is_deleted_during_its_last_try_is_not_called_given_up()
    {
        var told = new ConcurrentQueue<string?>();
        var node = await StartAsync(cap =>
        {
            cap.FailedRetryCount = 1;
            cap.FailedThresholdCallback = info => told.Enqueue(info.Message.Value as string);
        });
        Script.On(
            "keyed",
            async call =>
            {
                if (call.Value == "deleted")
                {
                    var row = (await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, MessageId = "to be deleted" }, Stop)).Single();
                    await node.Storage.ActAsync(new(MessageType.Subscribe, MessageActionKind.Delete, [row.Id], "tester"), Stop);
                }
                throw new InvalidOperationException("no");
            }
        );
        await node.Publisher.PublishAsync(
            [new("keyed", "deleted", new() { Key = "a", MessageId = "to be deleted" }), new("keyed", "behind", new() { Key = "a" })],
            Stop
        );
        await Eventually.BecomesTrueAsync(() => told.Contains("\"behind\""));
        Assert.Single(told);
    }

    [Fact]
    public async Task A_handlers_own_cancellation_is_a_failure_and_not_a_success()
    {
        var node = await StartAsync();
        Script.On(
            "one",
            async call =>
            {
                if (Script.Begins("one", "v") > 1)
                    return;
                using var own = new CancellationTokenSource();
                await own.CancelAsync();
                await Task.Delay(Timeout.Infinite, own.Token);
            }
        );
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        Assert.Equal(2, Script.Begins("one", "v"));
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_fails_at_once_with_the_reason()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync("number", "not a number", cancellationToken: Stop);
        var row = await node.FindAsync(MessageType.Subscribe, "number", StatusName.Failed);
        var attempt = Assert.Single(await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, Stop));
        Assert.Contains("System.Int32", attempt.Error, StringComparison.Ordinal);
        Assert.Contains("not a number", row.Content, StringComparison.Ordinal);
        Assert.Empty(Script.Begun);
    }

    [Fact]
    public async Task A_message_no_group_takes_is_not_called_succeeded()
    {
        var node = await StartAsync(cap => cap.FailedRetryCount = 2);
        await node.Publisher.PublishAsync("nobody.listens", "v", cancellationToken: Stop);
        var row = await node.FindAsync(MessageType.Publish, "nobody.listens", StatusName.Failed);
        var attempts = await node.Storage.GetAttemptsAsync(MessageType.Publish, row.Id, Stop);
        Assert.Equal(2, attempts.Count);
        Assert.All(attempts, a => Assert.Contains("nobody.listens", a.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Messages_of_one_key_keep_their_order_through_failures()
    {
        var node = await StartAsync();
        Script.On(
            "keyed",
            call =>
            {
                if (call.Value is "3" or "7")
                    ThrowUntil(call, 4);
            }
        );
        var options = new PublishOptions { Key = "customer 7" };
        await node.Publisher.PublishAsync(Enumerable.Range(0, 20).Select(i => new OutgoingMessage("keyed", $"{i}", options)), Stop);
        await Script.EndedAsync("keyed", 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), Script.Values("keyed"));
        Assert.Equal(4, Script.Begins("keyed", "3"));
    }

    [Fact]
    public async Task A_failing_message_holds_up_its_own_key_only_until_it_is_deleted()
    {
        var node = await StartAsync(cap => cap.FailedRetryCount = 2);
        Script.On(
            "keyed",
            call =>
            {
                if (call.Value == "bad")
                    throw new InvalidOperationException("bad");
            }
        );
        await node.Publisher.PublishAsync(
            [
                new("keyed", "bad", new() { Key = "a" }),
                new("keyed", "behind", new() { Key = "a" }),
                new("keyed", "other", new() { Key = "b" }),
                new("plain", "unkeyed"),
            ],
            Stop
        );
        var row = await node.FindAsync(MessageType.Subscribe, "keyed", StatusName.Failed);
        await Script.EndedAsync("keyed", 1);
        await Script.EndedAsync("one", 1);
        Assert.Equal(["other"], Script.Values("keyed"));
        Assert.Equal(0, Script.Begins("keyed", "behind"));

        Assert.Equal(1, await node.Storage.ActAsync(new(MessageType.Subscribe, MessageActionKind.Delete, [row.Id], "tester"), Stop));
        await Script.EndedAsync("keyed", 2);
        Assert.Equal(["other", "behind"], Script.Values("keyed"));
    }

    private void ThrowUntil(Call call, int attempt)
    {
        if (Script.Begins(call.Handler, call.Value) < attempt)
            throw new InvalidOperationException("the disk is full");
    }
}
