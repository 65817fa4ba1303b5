using Cap.Messages;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_handler_that_throws_over_its_time_has_failed_and_the_attempt_says_so()
    {
        // On a busy machine the second run, which ends at once, must not take that long.
        var limit = TimeSpan.FromSeconds(1);
        var node = await StartAsync(cap => cap.HandlerTimeout = limit);
        Script.On("one", call => Script.Begins("one", "v") > 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, call.Stop));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await node.SettledAsync();

        var attempt = Assert.Single(await AttemptsAsync(node, "plain", "one"));
        Assert.StartsWith("System.TimeoutException", attempt.Error, StringComparison.Ordinal);
        Assert.Contains($"{nameof(ScriptedHandlers)}.{nameof(ScriptedHandlers.One)} did not end within its time of {limit}", attempt.Error, StringComparison.Ordinal);
        Assert.Contains("'plain'", attempt.Error, StringComparison.Ordinal);
        Assert.Contains(nameof(TaskCanceledException), attempt.Error, StringComparison.Ordinal);
        Assert.True(attempt.Duration >= limit - TimeSpan.FromMilliseconds(20), $"{attempt.Duration}");
        await Eventually.BecomesTrueAsync(() => LongRuns(nameof(ScriptedHandlers.One)).Count > 0);
        Assert.Single(LongRuns(nameof(ScriptedHandlers.One)));
    }

    [Fact]
    public async Task A_handler_that_ends_well_over_its_time_has_succeeded()
    {
        var node = await StartAsync(cap => cap.HandlerTimeout = Short);
        Script.On("one", call => CancelledAsync(call.Stop));
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await node.SettledAsync();
        Assert.Equal(1, Script.Begins("one", "v"));
        Assert.Empty(await AttemptsAsync(node, "plain", "one"));
    }

    [Fact]
    public async Task A_transactional_handler_that_throws_over_its_time_is_rolled_back()
    {
        var node = await StartAsync(cap => cap.HandlerTimeout = Short);
        Script.On(
            "transactional",
            async call =>
            {
                await node.Publisher.PublishAsync("topic.x.end", $"{Script.Begins("transactional", "v")}", cancellationToken: Stop);
                await CancelledAsync(call.Stop);
                if (Script.Begins("transactional", "v") < 2)
                    call.Stop.ThrowIfCancellationRequested();
            }
        );
        await node.Publisher.PublishAsync("transactional", "v", cancellationToken: Stop);
        await Script.EndedAsync("pattern");
        await node.SettledAsync();
        // The second run ended well, also after its time: its transaction commits.
        Assert.Equal(["2"], Script.Begun.Where(c => c.Handler == "pattern").Select(c => c.Value));
        Assert.Equal(2, Script.Begins("transactional", "v"));
        var attempt = Assert.Single(await AttemptsAsync(node, "transactional", "one"));
        Assert.Contains("did not end within its time", attempt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_keeps_its_message()
    {
        var node = await StartAsync(cap => (cap.HandlerTimeout, cap.LeaseTime, cap.PollingInterval) = (Short, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(20)));
        var gate = new TaskCompletionSource();
        Script.On("one", _ => gate.Task);
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Eventually.BecomesTrueAsync(() => LongRuns(nameof(ScriptedHandlers.One)).Count == 1);
        await Eventually.StaysAsync(() => Script.Begins("one", "v") == 1);
        gate.SetResult();
        await Script.EndedAsync("one");
        await node.SettledAsync();
        Assert.Equal(1, Script.Begins("one", "v"));
        Assert.Single(LongRuns(nameof(ScriptedHandlers.One)));
    }

    [Fact]
    public async Task A_handler_within_its_time_that_heeds_the_stop_is_handed_back_also_through_a_token_of_its_own()
    {
        var node = await StartAsync(cap => (cap.HandlerTimeout, cap.ShutdownTime) = (TimeSpan.FromDays(1), TimeSpan.Zero));
        Script.On("one", LinkedAsync);
        // Without a limit it is the same.
        Script.On("two", LinkedAsync);
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Script.BegunAsync("one");
        await Script.BegunAsync("two");
        await node.Bootstrapper.StopAsync(Stop);
        Script.On("one", _ => { });
        Script.On("two", _ => { });
        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("one");
        await Script.EndedAsync("two");
        await node.SettledAsync();
        Assert.Empty(await AttemptsAsync(node, "plain", "one"));
        Assert.Empty(await AttemptsAsync(node, "plain", "two"));

        static async Task LinkedAsync(Call call)
        {
            using var own = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
            await Task.Delay(Timeout.Infinite, own.Token);
        }
    }

    [Fact]
    public async Task A_handler_whose_time_was_over_before_the_stop_has_failed()
    {
        var node = await StartAsync(cap => (cap.HandlerTimeout, cap.ShutdownTime) = (Short, TimeSpan.FromSeconds(30)));
        var gate = new TaskCompletionSource();
        Script.On(
            "one",
            async call =>
            {
                await CancelledAsync(call.Stop);
                await gate.Task;
                call.Stop.ThrowIfCancellationRequested();
            }
        );
        await node.Publisher.PublishAsync("plain", "v", cancellationToken: Stop);
        await Eventually.BecomesTrueAsync(() => LongRuns(nameof(ScriptedHandlers.One)).Count == 1);
        using var hurry = new CancellationTokenSource();
        await hurry.CancelAsync();
        // In a hurry the handlers' tokens are cancelled at once, and the stop waits for this one to end.
        var stopping = node.Bootstrapper.StopAsync(hurry.Token);
        await Eventually.StaysAsync(() => !stopping.IsCompleted);
        gate.SetResult();
        await stopping;
        var attempt = Assert.Single(await AttemptsAsync(node, "plain", "one"));
        Assert.Contains("did not end within its time", attempt.Error, StringComparison.Ordinal);
    }

    private static Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    private List<string> LongRuns(string handler) =>
        [.. Logs.Warnings.Where(w => w.Contains("runs for longer than its", StringComparison.Ordinal) && w.Contains($".{handler} ", StringComparison.Ordinal))];

    private async Task<IReadOnlyList<Storage.Attempt>> AttemptsAsync(TestNode node, string name, string group)
    {
        var row = (await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Name = name }, Stop)).Single(r =>
            r.Group!.EndsWith($"{group}.v1", StringComparison.Ordinal)
        );
        return await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, Stop);
    }
}
